using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>A header match.</summary>
public sealed class KIngressHeaderMatch
{
    /// <summary>Value that the header must equal.</summary>
    [JsonPropertyName("exact")] public string Exact { get; set; } = "";
}
