using System.Text.Json;
using System.Text.Json.Serialization;

namespace Knative.Xds.Autoscaler.Explaining;

/// <summary>How reports are written and read.</summary>
public static class ScaleJson
{
    /// <value>Names in camel case, rules by name, absent values left out.</value>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
