using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>An entry of a route table.</summary>
public sealed class KIngressPath
{
    /// <summary>Literal prefix; empty matches everything.</summary>
    [JsonPropertyName("path")] public string? Path { get; set; }
    /// <summary>Replaces Host towards the backend.</summary>
    [JsonPropertyName("rewriteHost")] public string? RewriteHost { get; set; }
    /// <summary>Header name to match; all must match.</summary>
    [JsonPropertyName("headers")] public Dictionary<string, KIngressHeaderMatch>? Headers { get; set; }
    /// <summary>Backends.</summary>
    [JsonPropertyName("splits")] public List<KIngressSplit>? Splits { get; set; }
    /// <summary>Request headers set before the split.</summary>
    [JsonPropertyName("appendHeaders")] public Dictionary<string, string>? AppendHeaders { get; set; }
}
