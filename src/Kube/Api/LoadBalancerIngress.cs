using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>An entry point.</summary>
public sealed class LoadBalancerIngress
{
    /// <summary>IP address.</summary>
    [JsonPropertyName("ip")] public string? IP { get; set; }
    /// <summary>DNS name outside.</summary>
    [JsonPropertyName("domain")] public string? Domain { get; set; }
    /// <summary>DNS name in the cluster.</summary>
    [JsonPropertyName("domainInternal")] public string? DomainInternal { get; set; }
    /// <summary>Reachable through a mesh only.</summary>
    [JsonPropertyName("meshOnly")] public bool? MeshOnly { get; set; }
}
