using System.Text.Json;
using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>A container of a Revision, as far as the data path reads it.</summary>
public sealed class ServingContainer
{
    /// <summary>Its ports.</summary>
    [JsonPropertyName("ports")] public List<ServingPort>? Ports { get; set; }
    /// <summary>Tells whether it takes requests.</summary>
    [JsonPropertyName("readinessProbe")] public ServingProbe? ReadinessProbe { get; set; }
    /// <summary>Tells whether it has started; only its presence counts.</summary>
    [JsonPropertyName("startupProbe")] public JsonElement? StartupProbe { get; set; }
}
