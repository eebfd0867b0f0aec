using System.Text.Json;
using System.Text.Json.Nodes;

namespace Knative.Xds.Sandbox.Api.Json;

/// <summary>Reads JSON into nodes that are complete at once: nodes of <see cref="JsonNode.Parse(string, JsonNodeOptions?, JsonDocumentOptions)"/> fill themselves lazily and reject duplicate fields only then.</summary>
internal static class JsonReading
{
    private const int MaxDepth = 128;

    public static JsonNode? Read(ReadOnlySpan<byte> utf8) => Read(utf8, []);

    public static JsonNode? Read(ReadOnlySpan<byte> utf8, List<string> duplicates)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        var node = ReadValue(ref reader, "", duplicates);
        if (reader.Read())
        {
            throw new JsonException("content after the end of the JSON value");
        }

        return node;
    }

    private static JsonNode? ReadValue(ref Utf8JsonReader reader, string path, List<string> duplicates) => reader.TokenType switch
    {
        JsonTokenType.StartObject => ReadObject(ref reader, path, duplicates),
        JsonTokenType.StartArray => ReadArray(ref reader, path, duplicates),
        JsonTokenType.String => JsonValue.Create(reader.GetString()),
        JsonTokenType.Number => reader.TryGetInt64(out var whole) ? JsonValue.Create(whole) : JsonValue.Create(reader.GetDouble()),
        JsonTokenType.True => JsonValue.Create(true),
        JsonTokenType.False => JsonValue.Create(false),
        _ => null,
    };

    private static JsonObject ReadObject(ref Utf8JsonReader reader, string path, List<string> duplicates)
    {
        var result = new JsonObject();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            var childPath = path.Length == 0 ? name : $"{path}.{name}";
            reader.Read();
            if (result.ContainsKey(name))
            {
                duplicates.Add(childPath);
            }

            result[name] = ReadValue(ref reader, childPath, duplicates);
        }

        return result;
    }

    private static JsonArray ReadArray(ref Utf8JsonReader reader, string path, List<string> duplicates)
    {
        var result = new JsonArray();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            result.Add(ReadValue(ref reader, $"{path}[{result.Count}]", duplicates));
        }

        return result;
    }
}
