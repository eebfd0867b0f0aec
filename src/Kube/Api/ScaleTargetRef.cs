using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>A reference to the scaled object.</summary>
public sealed class ScaleTargetRef
{
    /// <summary>API version.</summary>
    [JsonPropertyName("apiVersion")] public string ApiVersion { get; set; } = "";
    /// <summary>Kind.</summary>
    [JsonPropertyName("kind")] public string Kind { get; set; } = "";
    /// <summary>Name in the same namespace.</summary>
    [JsonPropertyName("name")] public string Name { get; set; } = "";
}
