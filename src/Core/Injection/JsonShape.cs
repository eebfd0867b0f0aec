using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Knative.Xds.Core.Injection;

/// <summary>Reads members of Kubernetes objects. What has the wrong type is named by its path.</summary>
/// <remarks>Shape: an absent member, null and an empty value are the same. Errors: <see cref="FormatException"/>.</remarks>
internal static class JsonShape
{
    public static JsonObject? Object(this JsonNode? node, string name) => Member(node, name) switch
    {
        null => null,
        JsonObject value => value,
        var other => throw Wrong(other, "an object"),
    };

    public static IEnumerable<JsonObject> Objects(this JsonNode? node, string name) => Member(node, name) switch
    {
        null => [],
        JsonArray list => list.Select((item, index) => item as JsonObject ?? throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{list.GetPath()}[{index}] must be an object"))),
        var other => throw Wrong(other, "a list"),
    };

    public static string Text(this JsonNode? node, string name) => Member(node, name) switch
    {
        null => "",
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        var other => throw Wrong(other, "a text"),
    };

    /// <summary>A whole number; null when it is absent.</summary>
    public static long? Number(this JsonNode? node, string name) => Member(node, name) switch
    {
        null => null,
        JsonValue value when value.TryGetValue<long>(out var number) => number,
        JsonValue value when value.TryGetValue<int>(out var number) => number,
        var other => throw Wrong(other, "a whole number"),
    };

    public static bool? Flag(this JsonNode? node, string name) => Member(node, name) switch
    {
        null => null,
        JsonValue value when value.TryGetValue<bool>(out var flag) => flag,
        var other => throw Wrong(other, "true or false"),
    };

    /// <summary>A port as number or text; zero when it is absent or a name.</summary>
    public static long Port(this JsonNode? node, string name) => Member(node, name) is JsonValue value && value.GetValueKind() == JsonValueKind.String
        ? int.TryParse(value.GetValue<string>(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var port) ? port : 0
        : Number(node, name) ?? 0;

    /// <summary>A map of texts.</summary>
    public static SortedDictionary<string, string> Texts(this JsonNode? node, string name)
    {
        var texts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (Object(node, name) is { } map)
        {
            foreach (var (key, _) in map)
            {
                texts[key] = Text(map, key);
            }
        }

        return texts;
    }

    public static JsonObject ToJson(this IEnumerable<KeyValuePair<string, string>> texts) =>
        new(texts.Select(entry => KeyValuePair.Create<string, JsonNode?>(entry.Key, JsonValue.Create(entry.Value))));

    private static JsonNode? Member(JsonNode? node, string name) => node is JsonObject map ? map[name] : null;

    private static FormatException Wrong(JsonNode node, string kind) => new($"{node.GetPath()} must be {kind}");
}
