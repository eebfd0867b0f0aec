using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>status of a KIngress.</summary>
public sealed class KIngressStatus
{
    /// <summary>Generation last processed.</summary>
    [JsonPropertyName("observedGeneration")] public long? ObservedGeneration { get; set; }
    /// <summary>Sorted by type.</summary>
    [JsonPropertyName("conditions")] public List<Condition>? Conditions { get; set; }
    /// <summary>Free annotations.</summary>
    [JsonPropertyName("annotations")] public Dictionary<string, string>? Annotations { get; set; }
    /// <summary>Where external traffic enters.</summary>
    [JsonPropertyName("publicLoadBalancer")] public LoadBalancerStatus? PublicLoadBalancer { get; set; }
    /// <summary>Where cluster-local traffic enters.</summary>
    [JsonPropertyName("privateLoadBalancer")] public LoadBalancerStatus? PrivateLoadBalancer { get; set; }
}
