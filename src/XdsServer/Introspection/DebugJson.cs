using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Knative.Xds.ControlPlane.Protocol;

namespace Knative.Xds.XdsServer.Introspection;

/// <summary>JSON of the debug pages, for those who write and for those who read them.</summary>
public static partial class DebugJson
{
    /// <summary>Names in camel case, states as words, absent members left out; of the pages alone.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter<HeldState>(JsonNamingPolicy.CamelCase) },
        TypeInfoResolver = Pages.Default,
    };

    /// <summary>How a page is written and read.</summary>
    internal static JsonTypeInfo<T> Of<T>() => (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));

    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web, GenerationMode = JsonSourceGenerationMode.Metadata)]
    [JsonSerializable(typeof(GatewaysPage))]
    [JsonSerializable(typeof(ResourcesPage))]
    private sealed partial class Pages : JsonSerializerContext;
}
