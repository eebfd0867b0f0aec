using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Knative.Xds.Kube.Manifests;

/// <summary>Reads YAML that is the value of a ConfigMap's key, as Knative's own reader does.</summary>
/// <remarks>
/// Differs from <see cref="YamlJson"/> in the words: this is YAML 1.1, where <c>y</c>, <c>on</c> and their like are booleans, also as keys.
/// Source: sigs.k8s.io/yaml over go-yaml v2.
/// </remarks>
public static class ConfigYaml
{
    /// <summary>The first document of a text; null when there is none.</summary>
    /// <remarks>Errors: <see cref="FormatException"/> with line and column, where they are known.</remarks>
    public static JsonNode? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return YamlText.Roots(text) is [var root, ..] ? Convert(root) : null;
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode mapping => new JsonObject(mapping.Children.Select(entry => KeyValuePair.Create(Key(entry.Key), Convert(entry.Value)))),
        YamlSequenceNode sequence => new JsonArray([.. sequence.Children.Select(Convert)]),
        YamlScalarNode scalar => Scalar(scalar),
        _ => throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"line {node.Start.Line}: this kind of YAML node has no place here")),
    };

    private static string Key(YamlNode node) => node is YamlScalarNode scalar
        ? Scalar(scalar)?.ToString() ?? "null"
        : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"line {node.Start.Line}: a key must be a scalar"));

    private static JsonValue? Scalar(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        if (scalar.Style != ScalarStyle.Plain)
        {
            return JsonValue.Create(text);
        }

        return text switch
        {
            "" or "~" or "null" or "Null" or "NULL" => null,
            "y" or "Y" or "yes" or "Yes" or "YES" or "true" or "True" or "TRUE" or "on" or "On" or "ON" => JsonValue.Create(true),
            "n" or "N" or "no" or "No" or "NO" or "false" or "False" or "FALSE" or "off" or "Off" or "OFF" => JsonValue.Create(false),
            _ => Number(text) ?? JsonValue.Create(text),
        };
    }

    private static JsonValue? Number(string text)
    {
        if (!char.IsAsciiDigit(text[0]) && text[0] is not ('+' or '-' or '.'))
        {
            return null;
        }

        var plain = text.Replace("_", "", StringComparison.Ordinal);
        return Integer(plain) is { } integer ? JsonValue.Create(integer)
            : plain.Length > 0 && char.IsAsciiDigit(plain[^1]) && double.TryParse(plain, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? JsonValue.Create(number)
            : null;
    }

    // Go's notation, so 010 is eight and 0x10 sixteen.
    private static long? Integer(string text)
    {
        var isNegative = text.StartsWith('-');
        var digits = isNegative || text.StartsWith('+') ? text[1..] : text;
        var (style, start) = digits switch
        {
            ['0', 'x' or 'X', ..] => (NumberStyles.AllowHexSpecifier, 2),
            ['0', 'b' or 'B', ..] => (NumberStyles.AllowBinarySpecifier, 2),
            _ => (NumberStyles.None, 0),
        };
        if (style == NumberStyles.None && digits is ['0', _, ..])
        {
            return Octal(digits) is { } octal ? (isNegative ? -octal : octal) : null;
        }

        return long.TryParse(digits.AsSpan(start), style, CultureInfo.InvariantCulture, out var value) ? (isNegative ? -value : value) : null;
    }

    private static long? Octal(string digits)
    {
        long value = 0;
        foreach (var digit in digits)
        {
            if (digit is < '0' or > '7' || value > long.MaxValue >> 3)
            {
                return null;
            }

            value = (value << 3) + (digit - '0');
        }

        return value;
    }
}
