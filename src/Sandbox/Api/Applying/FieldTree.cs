using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Schemas;

namespace Knative.Xds.Sandbox.Api.Applying;

/// <summary>A set of fields, as FieldsV1 writes it: f: names a field, k: a list element by its keys, v: an element of a set.</summary>
internal sealed class FieldTree
{
    private const string Itself = ".";

    public SortedDictionary<string, FieldTree> Children { get; } = new(StringComparer.Ordinal);

    /// <summary>The set holds the field at this point itself, not only some below it.</summary>
    public bool Owned { get; set; }

    public bool IsEmpty => !Owned && Children.Count == 0;

    public static string Field(string name) => $"f:{name}";

    public static FieldTree Leaf() => new() { Owned = true };

    /// <summary>All fields of a value that can be owned one by one.</summary>
    public static FieldTree Of(JsonNode? value, Schema? schema)
    {
        if (ElementsOf(value, schema) is not { } elements || elements.Count == 0)
        {
            return Leaf();
        }

        // An element of a list is owned as such, besides its fields.
        var tree = new FieldTree();
        foreach (var (element, child, childSchema) in elements)
        {
            var subtree = Of(child, childSchema);
            subtree.Owned |= element[0] != 'f';
            tree.Children[element] = subtree;
        }

        return tree;
    }

    /// <summary>The parts of a value that are owned one by one; null when the value is owned as a whole.</summary>
    public static List<(string Element, JsonNode? Value, Schema? Schema)>? ElementsOf(JsonNode? value, Schema? schema) => value switch
    {
        JsonObject fields when schema is not { AtomicMap: true } => [.. fields.Select(field => (Field(field.Key), field.Value, schema?.Field(field.Key)))],
        JsonArray items when schema is { ListKind: ListKind.Map } => [.. items.OfType<JsonObject>().DistinctBy(item => ListKeys.Of(item, schema)).Select(item => ("k:" + ListKeys.Of(item, schema), (JsonNode?)item, schema.Items))],
        JsonArray items when schema is { ListKind: ListKind.Set } => [.. items.DistinctBy(Scalar).Select(item => ("v:" + Scalar(item), item, schema.Items))],
        _ => null,
    };

    public static FieldTree Parse(JsonObject? fields)
    {
        if (fields is null || fields.Count == 0)
        {
            return Leaf();
        }

        var tree = new FieldTree { Owned = fields.ContainsKey(Itself) };
        foreach (var (element, child) in fields.Where(field => field.Key != Itself))
        {
            tree.Children[element] = Parse(child as JsonObject);
        }

        return tree;
    }

    public JsonObject ToJson()
    {
        var result = new JsonObject();
        if (Owned && Children.Count > 0)
        {
            result[Itself] = new JsonObject();
        }

        foreach (var (element, child) in Children)
        {
            result[element] = child.ToJson();
        }

        return result;
    }

    public FieldTree Union(FieldTree other)
    {
        var result = new FieldTree { Owned = Owned || other.Owned };
        foreach (var element in Children.Keys.Union(other.Children.Keys))
        {
            result.Children[element] = Get(this, element).Union(Get(other, element));
        }

        return result;
    }

    /// <summary>What is in this set and not in the other.</summary>
    public FieldTree Except(FieldTree other)
    {
        var result = new FieldTree { Owned = Owned && !other.Owned };
        foreach (var (element, child) in Children)
        {
            var rest = child.Except(Get(other, element));
            if (!rest.IsEmpty)
            {
                result.Children[element] = rest;
            }
        }

        return result;
    }

    /// <summary>What is in this set, without anything at or below a field that the other holds.</summary>
    public FieldTree ExceptBelow(FieldTree other)
    {
        var result = new FieldTree { Owned = Owned && !other.Owned };
        foreach (var (element, child) in Children)
        {
            var there = Get(other, element);
            var rest = there.Owned && there.Children.Count == 0 ? new FieldTree() : child.ExceptBelow(there);
            if (!rest.IsEmpty)
            {
                result.Children[element] = rest;
            }
        }

        return result;
    }

    public FieldTree Intersect(FieldTree other)
    {
        var result = new FieldTree { Owned = Owned && other.Owned };
        foreach (var (element, child) in Children)
        {
            if (other.Children.TryGetValue(element, out var there) && child.Intersect(there) is { IsEmpty: false } common)
            {
                result.Children[element] = common;
            }
        }

        return result;
    }

    /// <summary>Paths of the fields in the set, as messages show them: .spec.containers[name="x"].image.</summary>
    public IEnumerable<string> Paths(string prefix = "")
    {
        if (Owned)
        {
            yield return prefix;
        }

        foreach (var (element, child) in Children)
        {
            foreach (var path in child.Paths(prefix + Show(element)))
            {
                yield return path;
            }
        }
    }

    private static FieldTree Get(FieldTree tree, string element) => tree.Children.GetValueOrDefault(element) ?? new FieldTree();

    private static string Scalar(JsonNode? item) => item is null ? "null" : System.Text.Encoding.UTF8.GetString(item.ToUtf8());

    private static string Show(string element) => element[0] switch
    {
        'f' => $".{element[2..]}",
        'k' => $"[{string.Join(",", ((JsonObject)JsonReading.Read(System.Text.Encoding.UTF8.GetBytes(element[2..]))!).Select(key => $"{key.Key}={key.Value?.ToJsonString()}"))}]",
        _ => $"[={element[2..]}]",
    };
}
