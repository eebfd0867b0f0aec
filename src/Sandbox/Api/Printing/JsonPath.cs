using System.Globalization;
using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;

namespace Knative.Xds.Sandbox.Api.Printing;

/// <summary>The JSONPath of printer columns: names (.spec, ['a.b'], with \. escaping a dot), indexes ([0], [-1]), [*], and filters ([?(@.type=='Ready')]).</summary>
internal sealed class JsonPath
{
    private readonly IReadOnlyList<Func<JsonNode?, IEnumerable<JsonNode?>>> _steps;

    private JsonPath(IReadOnlyList<Func<JsonNode?, IEnumerable<JsonNode?>>> steps) => _steps = steps;

    public static JsonPath Parse(string text)
    {
        var steps = new List<Func<JsonNode?, IEnumerable<JsonNode?>>>();
        var at = 0;
        text = text.Trim().TrimStart('{').TrimEnd('}').TrimStart('$');
        while (at < text.Length)
        {
            steps.Add(text[at] == '[' ? Bracket(text, ref at) : Name(text, ref at));
        }

        return new(steps);
    }

    public IEnumerable<JsonNode?> Find(JsonNode? root) => _steps.Aggregate<Func<JsonNode?, IEnumerable<JsonNode?>>, IEnumerable<JsonNode?>>([root], (nodes, step) => nodes.SelectMany(step)).Where(node => node is not null);

    private static Func<JsonNode?, IEnumerable<JsonNode?>> Name(string text, ref int at)
    {
        at += text[at] == '.' ? 1 : 0;
        var name = new System.Text.StringBuilder();
        while (at < text.Length && text[at] is not ('.' or '['))
        {
            at += text[at] == '\\' && at + 1 < text.Length ? 1 : 0;
            name.Append(text[at++]);
        }

        var key = name.ToString();
        return key == "*" ? All : node => Field(node, key);
    }

    private static Func<JsonNode?, IEnumerable<JsonNode?>> Bracket(string text, ref int at)
    {
        var end = ClosingBracket(text, at);
        var inner = text[(at + 1)..end].Trim();
        at = end + 1;
        if (inner == "*")
        {
            return All;
        }

        if (inner.StartsWith('?'))
        {
            return Filter(inner[1..].Trim().TrimStart('(').TrimEnd(')'));
        }

        return int.TryParse(inner, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index)
            ? node => Element(node, index)
            : node => Field(node, inner.Trim('\'', '"'));
    }

    private static int ClosingBracket(string text, int at)
    {
        char? quote = null;
        for (var i = at; i < text.Length; i++)
        {
            if (quote is not null)
            {
                quote = text[i] == quote ? null : quote;
            }
            else if (text[i] is '\'' or '"')
            {
                quote = text[i];
            }
            else if (text[i] == ']')
            {
                return i;
            }
        }

        return text.Length - 1;
    }

    private static Func<JsonNode?, IEnumerable<JsonNode?>> Filter(string condition)
    {
        foreach (var (mark, equal) in new[] { ("==", true), ("!=", false) })
        {
            if (condition.IndexOf(mark, StringComparison.Ordinal) is var split and > 0)
            {
                var left = Parse(condition[..split].Trim().TrimStart('@'));
                var right = condition[(split + mark.Length)..].Trim().Trim('\'', '"');
                return node => All(node).Where(item => left.Find(item).Any(found => found.Display() == right) == equal);
            }
        }

        var exists = Parse(condition.Trim().TrimStart('@'));
        return node => All(node).Where(item => exists.Find(item).Any());
    }

    private static IEnumerable<JsonNode?> All(JsonNode? node) => node switch
    {
        JsonArray items => items,
        JsonObject fields => fields.Select(field => field.Value),
        _ => [],
    };

    private static IEnumerable<JsonNode?> Field(JsonNode? node, string name) => node is JsonObject fields && fields.ContainsKey(name) ? [fields[name]] : [];

    private static IEnumerable<JsonNode?> Element(JsonNode? node, int index)
    {
        var items = node as JsonArray;
        var at = index < 0 ? (items?.Count ?? 0) + index : index;
        return items is not null && at >= 0 && at < items.Count ? [items[at]] : [];
    }
}
