using System.Globalization;
using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Serving;

namespace Knative.Xds.Sandbox.Api.Patching;

/// <summary>RFC 6902. Applies in place; a patch that fails part-way leaves the document in no defined state, so callers patch a clone.</summary>
internal static class JsonPatch
{
    public static void Apply(JsonObject document, JsonArray operations)
    {
        foreach (var operation in operations.OfType<JsonObject>())
        {
            ApplyOne(document, operation);
        }
    }

    private static void ApplyOne(JsonObject document, JsonObject operation)
    {
        var path = Pointer(operation, "path");
        switch (operation.Text("op"))
        {
            case "add":
                Add(document, path, operation["value"]?.DeepClone());
                break;
            case "remove":
                Remove(document, path);
                break;
            case "replace":
                Get(document, path);
                Remove(document, path);
                Add(document, path, operation["value"]?.DeepClone());
                break;
            case "move":
                var from = Pointer(operation, "from");
                var moved = Get(document, from)?.DeepClone();
                Remove(document, from);
                Add(document, path, moved);
                break;
            case "copy":
                Add(document, path, Get(document, Pointer(operation, "from"))?.DeepClone());
                break;
            case "test":
                Test(document, path, operation["value"]);
                break;
            default:
                throw Failed($"unexpected kind of operation: {operation.ToJsonString()}");
        }
    }

    private static void Test(JsonObject document, IReadOnlyList<string> path, JsonNode? expected)
    {
        if (!JsonNode.DeepEquals(Get(document, path), expected))
        {
            throw Failed($"testing value /{string.Join('/', path)} failed");
        }
    }

    private static JsonNode? Get(JsonNode? node, IReadOnlyList<string> path)
    {
        foreach (var token in path)
        {
            node = node switch
            {
                JsonObject fields when fields.ContainsKey(token) => fields[token],
                JsonArray items => items[Index(items, token, items.Count - 1)],
                _ => throw Missing(path),
            };
        }

        return node;
    }

    private static void Add(JsonObject document, IReadOnlyList<string> path, JsonNode? value)
    {
        var (parent, last) = Parent(document, path);
        switch (parent)
        {
            case JsonObject fields:
                fields[last] = value;
                break;
            case JsonArray items:
                items.Insert(last == "-" ? items.Count : Index(items, last, items.Count), value);
                break;
            default:
                throw Missing(path);
        }
    }

    private static void Remove(JsonObject document, IReadOnlyList<string> path)
    {
        var (parent, last) = Parent(document, path);
        if (parent is JsonArray items)
        {
            items.RemoveAt(Index(items, last, items.Count - 1));
        }
        else if (parent is not JsonObject fields || !fields.Remove(last))
        {
            throw Missing(path);
        }
    }

    private static (JsonNode? Parent, string Last) Parent(JsonObject document, IReadOnlyList<string> path) =>
        path.Count == 0 ? throw Failed("the whole document cannot be replaced") : (Get(document, [.. path.SkipLast(1)]), path[^1]);

    private static int Index(JsonArray items, string token, int highest) =>
        int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index <= highest && items.Count >= index
            ? index
            : throw Failed($"invalid array index {token}");

    private static IReadOnlyList<string> Pointer(JsonObject operation, string name)
    {
        var text = operation.Text(name) ?? throw Failed($"operation without {name}: {operation.ToJsonString()}");
        return text.Length == 0 ? [] : [.. text.Split('/').Skip(1).Select(token => token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];
    }

    private static ApiException Missing(IReadOnlyList<string> path) => Failed($"path /{string.Join('/', path)} does not exist");

    // kube-apiserver answers 422 Invalid, without a name, for an operation that cannot be done.
    private static ApiException Failed(string why) => new(422, "Invalid", $"the server rejected our request due to an error in our request: {why}", []);
}
