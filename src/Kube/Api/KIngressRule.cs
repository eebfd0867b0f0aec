using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>A host rule of a KIngress.</summary>
public sealed class KIngressRule
{
    /// <summary>FQDNs; empty matches every host.</summary>
    [JsonPropertyName("hosts")] public List<string>? Hosts { get; set; }
    /// <summary><c>ExternalIP</c> or <c>ClusterLocal</c>; empty means ExternalIP.</summary>
    [JsonPropertyName("visibility")] public string? Visibility { get; set; }
    /// <summary>Route table.</summary>
    [JsonPropertyName("http")] public KIngressHttp? Http { get; set; }
}
