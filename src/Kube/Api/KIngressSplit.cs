using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>A share of the traffic of a path.</summary>
public sealed class KIngressSplit
{
    /// <summary>Namespace of the Service.</summary>
    [JsonPropertyName("serviceNamespace")] public string? ServiceNamespace { get; set; }
    /// <summary>Name of the Service.</summary>
    [JsonPropertyName("serviceName")] public string? ServiceName { get; set; }
    /// <summary>Port of the Service, by number or name.</summary>
    [JsonPropertyName("servicePort")] public KIngressPort? ServicePort { get; set; }
    /// <summary>Share, 0 to 100.</summary>
    [JsonPropertyName("percent")] public int Percent { get; set; }
    /// <summary>Request headers set after the split.</summary>
    [JsonPropertyName("appendHeaders")] public Dictionary<string, string>? AppendHeaders { get; set; }
}
