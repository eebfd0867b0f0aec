using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Knative.Xds.Kube.Manifests;

/// <summary>Reads YAML as Kubernetes does: the JSON subset, plain scalars typed by the YAML 1.2 core schema.</summary>
public static partial class YamlJson
{
    /// <summary>Reads every document of a stream; empty documents are left out.</summary>
    /// <remarks>Shape: JSON (which is YAML) is accepted too. Errors: <see cref="FormatException"/> with line and column, where they are known.</remarks>
    public static IReadOnlyList<JsonNode> ParseAll(string text) => [.. YamlText.Roots(text).Select(Convert).OfType<JsonNode>()];

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode mapping => ConvertMapping(mapping),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Convert)]),
        YamlScalarNode scalar => ConvertScalar(scalar),
        _ => throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"line {node.Start.Line}: this kind of YAML node has no place in a manifest")),
    };

    private static JsonObject ConvertMapping(YamlMappingNode mapping)
    {
        var result = new JsonObject();
        foreach (var (key, value) in mapping.Children)
        {
            var name = (key as YamlScalarNode)?.Value
                ?? throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"line {key.Start.Line}: a key must be a scalar"));
            result[name] = Convert(value);
        }

        return result;
    }

    private static JsonValue? ConvertScalar(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style != ScalarStyle.Plain)
        {
            return JsonValue.Create(text);
        }

        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "true" or "True" or "TRUE" => JsonValue.Create(true),
            "false" or "False" or "FALSE" => JsonValue.Create(false),
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var integer) => JsonValue.Create(integer),
            _ when Number().IsMatch(text) => JsonValue.Create(double.Parse(text, CultureInfo.InvariantCulture)),
            _ => JsonValue.Create(text),
        };
    }

    // "1e3", "1.5" and "1." are numbers; "Infinity", which double.Parse takes, is a word.
    [GeneratedRegex(@"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$")]
    private static partial Regex Number();
}
