using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>status of a PA.</summary>
public sealed class PodAutoscalerStatus
{
    /// <summary>Generation last processed.</summary>
    [JsonPropertyName("observedGeneration")] public long? ObservedGeneration { get; set; }
    /// <summary>Sorted by type.</summary>
    [JsonPropertyName("conditions")] public List<Condition>? Conditions { get; set; }
    /// <summary>Free annotations.</summary>
    [JsonPropertyName("annotations")] public Dictionary<string, string>? Annotations { get; set; }
    /// <summary>Public Service.</summary>
    [JsonPropertyName("serviceName")] public string ServiceName { get; set; } = "";
    /// <summary>Private Service.</summary>
    [JsonPropertyName("metricsServiceName")] public string MetricsServiceName { get; set; } = "";
    /// <summary>Wanted pods; -1 when unknown.</summary>
    [JsonPropertyName("desiredScale")] public int? DesiredScale { get; set; }
    /// <summary>Ready pods.</summary>
    [JsonPropertyName("actualScale")] public int? ActualScale { get; set; }
}
