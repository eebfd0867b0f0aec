using System.Text.Json.Nodes;

namespace Knative.Xds.Sandbox.Api.Patching;

/// <summary>Puts list elements into the order that a patch asks for.</summary>
internal static class ListOrder
{
    /// <summary>Elements named by <paramref name="wanted"/> come in its order; the others stay behind the element that they followed.</summary>
    public static JsonArray Reorder(JsonArray items, JsonArray wanted, string? key)
    {
        var positions = items.Select(item => Position(item, wanted, key)).ToList();
        var last = -1;
        var ranked = new List<(int Rank, int Index)>();
        for (var i = 0; i < items.Count; i++)
        {
            // An element that the patch does not name keeps its place relative to its predecessor.
            last = positions[i] >= 0 ? positions[i] : last;
            ranked.Add((last, i));
        }

        return new([.. ranked.OrderBy(entry => entry.Rank).ThenBy(entry => entry.Index).Select(entry => items[entry.Index]?.DeepClone())]);
    }

    private static int Position(JsonNode? item, JsonArray wanted, string? key)
    {
        for (var i = 0; i < wanted.Count; i++)
        {
            var same = key is null ? JsonNode.DeepEquals(wanted[i], item) : JsonNode.DeepEquals((wanted[i] as JsonObject)?[key], (item as JsonObject)?[key]);
            if (same)
            {
                return i;
            }
        }

        return -1;
    }
}
