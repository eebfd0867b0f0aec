using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Knative.Xds.Sandbox.Api.Json;

/// <summary>Reading and building of Kubernetes objects held as JSON nodes.</summary>
internal static class JsonNodes
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] ToUtf8(this JsonNode node)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(buffer, WriterOptions))
        {
            node.WriteTo(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Follows a dotted path of plain field names; null where it ends early.</summary>
    public static JsonNode? At(this JsonNode? node, string path)
    {
        foreach (var name in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            node = (node as JsonObject)?[name];
        }

        return node;
    }

    public static string? Text(this JsonNode? node, string path) => node.At(path).AsText();

    public static string? AsText(this JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public static long? Number(this JsonNode? node, string path) => node.At(path).AsNumber();

    public static long? AsNumber(this JsonNode? node)
    {
        if (node is not JsonValue value)
        {
            return null;
        }

        return value.TryGetValue<long>(out var whole) ? whole
            : value.TryGetValue<int>(out var small) ? small
            : value.TryGetValue<double>(out var real) && real == Math.Floor(real) ? (long)real
            : null;
    }

    public static double? AsReal(this JsonNode? node) => node.AsNumber() is { } whole ? whole : node is JsonValue value && value.TryGetValue<double>(out var real) ? real : null;

    public static bool IsTrue(this JsonNode? node, string path) => node.At(path) is JsonValue value && value.TryGetValue<bool>(out var flag) && flag;

    public static IEnumerable<JsonObject> Objects(this JsonNode? node, string path) => (node.At(path) as JsonArray)?.OfType<JsonObject>() ?? [];

    public static IEnumerable<string> Texts(this JsonNode? node, string path) => (node.At(path) as JsonArray)?.Select(AsText).OfType<string>() ?? [];

    /// <summary>The object at a field, made when it is missing or something else.</summary>
    public static JsonObject Child(this JsonObject parent, string name)
    {
        if (parent[name] is not JsonObject child)
        {
            child = [];
            parent[name] = child;
        }

        return child;
    }

    public static JsonObject Metadata(this JsonObject value) => value.Child("metadata");

    public static JsonObject Clone(this JsonObject value) => (JsonObject)value.DeepClone();

    /// <summary>Sets the field at a dotted path, making what is missing on the way.</summary>
    public static void Put(this JsonObject target, string path, JsonNode? value)
    {
        var names = path.Split('.', StringSplitOptions.RemoveEmptyEntries);
        foreach (var name in names[..^1])
        {
            target = target.Child(name);
        }

        target[names[^1]] = value;
    }

    /// <summary>Copies one field, or removes it where the source has none.</summary>
    public static void CopyField(this JsonObject target, JsonObject? source, string name)
    {
        if (source?[name] is { } value)
        {
            target[name] = value.DeepClone();
        }
        else
        {
            target.Remove(name);
        }
    }

    public static JsonArray ToArray(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode?)JsonValue.Create(text))]);

    /// <summary>A scalar as it appears in messages and cells: strings bare, all else as JSON.</summary>
    public static string Display(this JsonNode? node) => node switch
    {
        null => "",
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        JsonValue value when value.TryGetValue<double>(out var real) => real.ToString("R", CultureInfo.InvariantCulture),
        _ => node.ToJsonString(),
    };
}
