using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Schemas;
using Knative.Xds.Sandbox.Api.Serving;

namespace Knative.Xds.Sandbox.Api.Patching;

/// <summary>Kubernetes' strategic merge patch, in place: like a merge patch, but lists whose schema names a merge key are merged by it, and $patch, $retainKeys, $deleteFromPrimitiveList and $setElementOrder direct it.</summary>
internal static class StrategicMerge
{
    private const string Directive = "$patch";
    private const string DeleteFrom = "$deleteFromPrimitiveList/";
    private const string SetOrder = "$setElementOrder/";
    private const string RetainKeys = "$retainKeys";

    public static void Apply(JsonObject target, JsonObject patch, Schema? schema)
    {
        if (patch.Text(Directive) is { } directive)
        {
            ApplyDirective(target, patch, directive);
            return;
        }

        if (patch[RetainKeys] is JsonArray)
        {
            var kept = patch.Texts(RetainKeys).ToHashSet(StringComparer.Ordinal);
            Drop(target, name => !kept.Contains(name));
        }

        foreach (var (name, value) in patch)
        {
            ApplyField(target, name, value, schema);
        }

        foreach (var (name, order) in patch.Where(field => field.Key.StartsWith(SetOrder, StringComparison.Ordinal)))
        {
            var field = name[SetOrder.Length..];
            if (target[field] is JsonArray items && order is JsonArray wanted)
            {
                target[field] = ListOrder.Reorder(items, wanted, schema?.Field(field)?.MergeKey);
            }
        }
    }

    private static void ApplyDirective(JsonObject target, JsonObject patch, string directive)
    {
        if (directive is not ("replace" or "delete"))
        {
            throw ApiException.BadRequest($"unknown patch directive {directive}");
        }

        Drop(target, _ => true);
        if (directive == "replace")
        {
            foreach (var (name, value) in patch.Where(field => field.Key != Directive))
            {
                target[name] = value?.DeepClone();
            }
        }
    }

    private static void ApplyField(JsonObject target, string name, JsonNode? value, Schema? schema)
    {
        if (name.StartsWith(DeleteFrom, StringComparison.Ordinal))
        {
            DeleteScalars(target[name[DeleteFrom.Length..]] as JsonArray, value as JsonArray);
        }
        else if (name == RetainKeys || name.StartsWith(SetOrder, StringComparison.Ordinal))
        {
            // Order and retained keys have their own passes.
        }
        else if (value is null)
        {
            target.Remove(name);
        }
        else if (value is JsonObject fields)
        {
            Apply(target.Child(name), fields, schema?.Field(name));
        }
        else if (value is JsonArray items && schema?.Field(name) is { Merges: true } list)
        {
            target[name] = MergeLists(target[name] as JsonArray ?? [], items, list);
        }
        else
        {
            target[name] = value.DeepClone();
        }
    }

    private static JsonArray MergeLists(JsonArray current, JsonArray patch, Schema list)
    {
        var result = (JsonArray)current.DeepClone();
        if (patch.OfType<JsonObject>().Any(item => item.Text(Directive) == "replace"))
        {
            return new([.. patch.Where(item => (item as JsonObject)?.Text(Directive) != "replace").Select(item => item?.DeepClone())]);
        }

        foreach (var item in patch)
        {
            if (list.MergeKey is { } key && item is JsonObject fields)
            {
                MergeElement(result, fields, key, list);
            }
            else if (!result.Any(existing => JsonNode.DeepEquals(existing, item)))
            {
                result.Add(item?.DeepClone());
            }
        }

        return result;
    }

    private static void MergeElement(JsonArray items, JsonObject patch, string key, Schema list)
    {
        var wanted = patch[key] ?? throw ApiException.BadRequest($"map: {patch.ToJsonString()} does not contain declared merge key: {key}");
        var existing = items.OfType<JsonObject>().FirstOrDefault(item => JsonNode.DeepEquals(item[key], wanted));
        if (patch.Text(Directive) == "delete")
        {
            if (existing is not null)
            {
                items.Remove(existing);
            }
        }
        else if (existing is null)
        {
            var added = new JsonObject();
            Apply(added, patch, list.Items);
            items.Add(added);
        }
        else
        {
            Apply(existing, patch, list.Items);
        }
    }

    private static void DeleteScalars(JsonArray? items, JsonArray? unwanted)
    {
        foreach (var value in unwanted ?? [])
        {
            while (items?.FirstOrDefault(item => JsonNode.DeepEquals(item, value)) is { } found)
            {
                items.Remove(found);
            }
        }
    }

    private static void Drop(JsonObject target, Func<string, bool> condition)
    {
        foreach (var name in target.Select(field => field.Key).Where(condition).ToList())
        {
            target.Remove(name);
        }
    }
}
