using System.Text.Json;
using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>A probe of a Revision's container, as far as the data path reads it.</summary>
public sealed class ServingProbe
{
    /// <summary>The command that is run; only its presence counts.</summary>
    [JsonPropertyName("exec")] public JsonElement? Exec { get; set; }
}
