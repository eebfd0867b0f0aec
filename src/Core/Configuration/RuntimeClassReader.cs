using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Knative.Xds.Core.Configuration;

/// <summary>Reads the value of runtime-class-name: class names to selectors.</summary>
/// <remarks>Errors: <see cref="FormatException"/>. Source: knative/serving pkg/deployment/config.go.</remarks>
internal static class RuntimeClassReader
{
    public static ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> Read(JsonNode? classes) => classes switch
    {
        null => ImmutableSortedDictionary.Create<string, ImmutableSortedDictionary<string, string>>(StringComparer.Ordinal),
        JsonObject map => map.ToImmutableSortedDictionary(entry => Class(entry.Key), entry => Selector(entry.Value), StringComparer.Ordinal),
        _ => throw new FormatException("it is not a map of class names"),
    };

    private static string Class(string name) =>
        KubeNames.IsSubdomain(name) ? name : throw new FormatException($"class {name} is not a DNS subdomain");

    private static ImmutableSortedDictionary<string, string> Selector(JsonNode? rule)
    {
        if (rule is not (null or JsonObject))
        {
            throw new FormatException("a class must hold a map with a selector");
        }

        // Go's decoder takes field names in any case.
        var selector = rule?.AsObject().LastOrDefault(field => ConfigTexts.Is(field.Key, "selector")).Value;
        return selector switch
        {
            null => ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal),
            JsonObject labels => labels.ToImmutableSortedDictionary(label => Key(label.Key), label => Value(label.Value), StringComparer.Ordinal),
            _ => throw new FormatException("a selector must be a map of labels"),
        };
    }

    private static string Key(string key) =>
        KubeNames.IsLabelKey(key) ? key : throw new FormatException($"\"{key}\" is not a label key");

    private static string Value(JsonNode? value)
    {
        var text = value?.GetValueKind() switch
        {
            null => "",
            JsonValueKind.String => value.GetValue<string>(),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            JsonValueKind.Number => Number(value),
            _ => throw new FormatException("a label's value must be text"),
        };
        return KubeNames.IsLabelValue(text) ? text : throw new FormatException($"\"{text}\" is not a label value");
    }

    private static string Number(JsonNode value) =>
        value.AsValue().TryGetValue<long>(out var whole)
            ? whole.ToString(CultureInfo.InvariantCulture)
            : value.GetValue<double>().ToString("R", CultureInfo.InvariantCulture);
}
