using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>status of a Metric.</summary>
public sealed class MetricStatus
{
    /// <summary>Generation last processed.</summary>
    [JsonPropertyName("observedGeneration")] public long? ObservedGeneration { get; set; }
    /// <summary>Sorted by type.</summary>
    [JsonPropertyName("conditions")] public List<Condition>? Conditions { get; set; }
    /// <summary>Free annotations.</summary>
    [JsonPropertyName("annotations")] public Dictionary<string, string>? Annotations { get; set; }
}
