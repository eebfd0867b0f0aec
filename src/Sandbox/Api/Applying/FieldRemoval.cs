using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Schemas;

namespace Knative.Xds.Sandbox.Api.Applying;

/// <summary>Takes abandoned fields out of an object.</summary>
internal static class FieldRemoval
{
    /// <summary>Removes what <paramref name="abandoned"/> holds, unless something at or below it is <paramref name="owned"/>.</summary>
    public static void Remove(JsonNode? value, FieldTree abandoned, Schema? schema, FieldTree owned)
    {
        foreach (var (element, subtree) in abandoned.Children)
        {
            var child = FieldTree.ElementsOf(value, schema)?.FirstOrDefault(part => part.Element == element) ?? default;
            if (child.Element is null)
            {
                continue;
            }

            var stillOwned = owned.Children.GetValueOrDefault(element);
            if (subtree.Owned && stillOwned is null)
            {
                Detach(value!, child.Element, child.Value);
            }
            else
            {
                Remove(child.Value, subtree, child.Schema, stillOwned ?? new FieldTree());
                DropIfEmpty(value!, child.Element, child.Value, stillOwned);
            }
        }
    }

    // A container that only held abandoned fields goes with them.
    private static void DropIfEmpty(JsonNode parent, string element, JsonNode? child, FieldTree? owned)
    {
        if (owned is null && child is JsonObject { Count: 0 } or JsonArray { Count: 0 })
        {
            Detach(parent, element, child);
        }
    }

    private static void Detach(JsonNode parent, string element, JsonNode? child)
    {
        if (parent is JsonObject fields)
        {
            fields.Remove(element[2..]);
        }
        else if (parent is JsonArray items)
        {
            items.Remove(child);
        }
    }
}
