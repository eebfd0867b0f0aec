using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Schemas;

namespace Knative.Xds.Sandbox.Api.Applying;

/// <summary>What changed from one state of an object to the next: fields that are new or different, and fields that are gone.</summary>
internal sealed record FieldDifference(FieldTree Changed, FieldTree Removed)
{
    public static FieldDifference Between(JsonNode? old, JsonNode? now, Schema? schema)
    {
        var changed = new FieldTree();
        var removed = new FieldTree();
        Compare(old, now, schema, changed, removed);
        return new(changed, removed);
    }

    private static void Compare(JsonNode? old, JsonNode? now, Schema? schema, FieldTree changed, FieldTree removed)
    {
        var oldParts = FieldTree.ElementsOf(old, schema);
        var newParts = FieldTree.ElementsOf(now, schema);
        if (oldParts is null || newParts is null || oldParts.Count == 0 || newParts.Count == 0)
        {
            CompareWhole(old, now, schema, changed, removed);
            return;
        }

        var before = oldParts.ToDictionary(part => part.Element, StringComparer.Ordinal);
        foreach (var part in newParts)
        {
            if (before.Remove(part.Element, out var earlier))
            {
                ComparePart(earlier.Value, part, changed, removed);
            }
            else
            {
                var added = FieldTree.Of(part.Value, part.Schema);
                added.Owned |= part.Element[0] != 'f';
                changed.Children[part.Element] = added;
            }
        }

        foreach (var (element, part) in before)
        {
            var gone = FieldTree.Of(part.Value, part.Schema);
            gone.Owned = true;
            removed.Children[element] = gone;
        }
    }

    private static void ComparePart(JsonNode? earlier, (string Element, JsonNode? Value, Schema? Schema) part, FieldTree changed, FieldTree removed)
    {
        var (childChanged, childRemoved) = Between(earlier, part.Value, part.Schema);
        if (!childChanged.IsEmpty)
        {
            changed.Children[part.Element] = childChanged;
        }

        if (!childRemoved.IsEmpty)
        {
            removed.Children[part.Element] = childRemoved;
        }
    }

    private static void CompareWhole(JsonNode? old, JsonNode? now, Schema? schema, FieldTree changed, FieldTree removed)
    {
        if (JsonNode.DeepEquals(old, now))
        {
            return;
        }

        Take(FieldTree.Of(now, schema), changed);
        if (old is not null)
        {
            Take(FieldTree.Of(old, schema).Except(FieldTree.Of(now, schema)), removed);
        }
    }

    private static void Take(FieldTree source, FieldTree target)
    {
        target.Owned |= source.Owned;
        foreach (var (element, child) in source.Children)
        {
            target.Children[element] = child;
        }
    }
}
