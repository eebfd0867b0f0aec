using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>status of an SKS.</summary>
public sealed class ServerlessServiceStatus
{
    /// <summary>Generation last processed.</summary>
    [JsonPropertyName("observedGeneration")] public long? ObservedGeneration { get; set; }
    /// <summary>Sorted by type.</summary>
    [JsonPropertyName("conditions")] public List<Condition>? Conditions { get; set; }
    /// <summary>Free annotations.</summary>
    [JsonPropertyName("annotations")] public Dictionary<string, string>? Annotations { get; set; }
    /// <summary>Public Service.</summary>
    [JsonPropertyName("serviceName")] public string? ServiceName { get; set; }
    /// <summary>Private Service.</summary>
    [JsonPropertyName("privateServiceName")] public string? PrivateServiceName { get; set; }
}
