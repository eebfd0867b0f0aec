using System.Text.Json.Serialization;

namespace Knative.Xds.Kube.Api;

/// <summary>A port of a Revision's container, as far as the data path reads it.</summary>
public sealed class ServingPort
{
    /// <summary><c>http1</c>, <c>h2c</c> or empty.</summary>
    [JsonPropertyName("name")] public string? Name { get; set; }
}
