using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Knative.Xds.Core.Templating;

namespace Knative.Xds.Core.Configuration;

/// <summary>JSON as Go's encoder writes it: compact, with the letters that HTML gives a meaning escaped.</summary>
/// <remarks>Shape: members in the order that they have. Source: Go encoding/json.</remarks>
public static class GoJson
{
    /// <summary>Writes a value; null is <c>null</c>.</summary>
    public static string Write(JsonNode? node)
    {
        var output = new StringBuilder();
        Append(output, node);
        return output.ToString();
    }

    private static void Append(StringBuilder output, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                AppendObject(output, map);
                break;
            case JsonArray list:
                AppendArray(output, list);
                break;
            default:
                AppendScalar(output, node);
                break;
        }
    }

    private static void AppendObject(StringBuilder output, JsonObject map)
    {
        var separator = '{';
        foreach (var (name, value) in map)
        {
            AppendText(output.Append(separator), name);
            Append(output.Append(':'), value);
            separator = ',';
        }

        output.Append(map.Count == 0 ? "{}" : "}");
    }

    private static void AppendArray(StringBuilder output, JsonArray list)
    {
        var separator = '[';
        foreach (var item in list)
        {
            Append(output.Append(separator), item);
            separator = ',';
        }

        output.Append(list.Count == 0 ? "[]" : "]");
    }

    private static void AppendScalar(StringBuilder output, JsonNode? node)
    {
        switch (node?.GetValueKind())
        {
            case JsonValueKind.String:
                AppendText(output, node.GetValue<string>());
                break;
            case JsonValueKind.Number:
                output.Append(node.AsValue().TryGetValue<long>(out var whole)
                    ? whole.ToString(CultureInfo.InvariantCulture)
                    : node.AsValue().TryGetValue<int>(out var small) ? small.ToString(CultureInfo.InvariantCulture) : GoFormat.JsonFloat(node.GetValue<double>()));
                break;
            case JsonValueKind.True or JsonValueKind.False:
                output.Append(node.GetValue<bool>() ? "true" : "false");
                break;
            default:
                output.Append("null");
                break;
        }
    }

    private static void AppendText(StringBuilder output, string text)
    {
        output.Append('"');
        foreach (var letter in text)
        {
            _ = letter switch
            {
                '"' or '\\' => output.Append('\\').Append(letter),
                '\b' => output.Append("\\b"),
                '\f' => output.Append("\\f"),
                '\n' => output.Append("\\n"),
                '\r' => output.Append("\\r"),
                '\t' => output.Append("\\t"),
                < ' ' or '<' or '>' or '&' or '\u2028' or '\u2029' => output.Append(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"),
                _ => output.Append(letter),
            };
        }

        output.Append('"');
    }
}
