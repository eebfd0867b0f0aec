using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Knative.Xds.Core.Networking;

/// <summary>Reads a label selector from JSON; unknown fields are ignored, as Kubernetes does.</summary>
internal static class LabelSelectorReader
{
    /// <exception cref="FormatException">A value is of the wrong kind.</exception>
    public static LabelSelector Read(JsonNode? node)
    {
        var selector = Object(node, "the selector");
        return new LabelSelector
        {
            MatchLabels = Object(selector["matchLabels"], "matchLabels").ToImmutableSortedDictionary(pair => pair.Key, pair => Text(pair.Value, "matchLabels"), StringComparer.Ordinal),
            MatchExpressions = [.. Array(selector["matchExpressions"], "matchExpressions").Select(Requirement)],
        };
    }

    private static LabelRequirement Requirement(JsonNode? node)
    {
        var requirement = Object(node, "matchExpressions");
        return new(Text(requirement["key"], "key"), Text(requirement["operator"], "operator"), [.. Array(requirement["values"], "values").Select(value => Text(value, "values"))]);
    }

    private static JsonObject Object(JsonNode? node, string field) => node switch
    {
        null => [],
        JsonObject value => value,
        _ => throw new FormatException($"{field} must be a map"),
    };

    private static JsonArray Array(JsonNode? node, string field) => node switch
    {
        null => [],
        JsonArray value => value,
        _ => throw new FormatException($"{field} must be a list"),
    };

    private static string Text(JsonNode? node, string field) => node switch
    {
        null => "",
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => throw new FormatException($"{field} must be text"),
    };
}
