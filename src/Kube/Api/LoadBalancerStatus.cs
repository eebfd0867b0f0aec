using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>Entry points.</summary>
public sealed class LoadBalancerStatus
{
    /// <summary>Entries.</summary>
    [JsonPropertyName("ingress")] public List<LoadBalancerIngress>? Ingress { get; set; }
}
