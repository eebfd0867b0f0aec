using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Serving;

namespace Knative.Xds.Sandbox.Api.Selecting;

/// <summary>A label selector: equality terms (a=b, a==b, a!=b), set terms (a in (b,c), a notin (b)), existence (a, !a).</summary>
internal sealed partial class LabelSelector
{
    public static readonly LabelSelector Everything = new([]);

    private readonly IReadOnlyList<LabelRequirement> _requirements;

    private LabelSelector(IReadOnlyList<LabelRequirement> requirements) => _requirements = requirements;

    public bool IsEverything => _requirements.Count == 0;

    public static LabelSelector Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return Everything;
        }

        return new([.. SplitTerms(text).Select(term => ParseTerm(term.Trim(), text))]);
    }

    public bool Matches(JsonObject value)
    {
        if (_requirements.Count == 0)
        {
            return true;
        }

        var labels = value.At("metadata.labels") as JsonObject;
        return _requirements.All(requirement => requirement.Matches(labels?[requirement.Key].AsText()));
    }

    private static IEnumerable<string> SplitTerms(string text)
    {
        var depth = 0;
        var start = 0;
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (text[i] == ',' && depth == 0)
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        yield return text[start..];
    }

    private static LabelRequirement ParseTerm(string term, string selector)
    {
        if (SetTerm().Match(term) is { Success: true } set)
        {
            var values = set.Groups["values"].Value.Split(',').Select(value => value.Trim()).ToHashSet(StringComparer.Ordinal);
            return new(set.Groups["key"].Value, set.Groups["op"].Value == "in" ? LabelOperator.In : LabelOperator.NotIn, values);
        }

        if (EqualityTerm().Match(term) is { Success: true } equality)
        {
            return new(equality.Groups["key"].Value, equality.Groups["op"].Value == "!=" ? LabelOperator.NotIn : LabelOperator.In, new HashSet<string>(StringComparer.Ordinal) { equality.Groups["value"].Value });
        }

        if (ExistsTerm().Match(term) is { Success: true } exists)
        {
            return new(exists.Groups["key"].Value, exists.Groups["not"].Length > 0 ? LabelOperator.NotExists : LabelOperator.Exists, new HashSet<string>());
        }

        throw ApiException.BadRequest($"unable to parse requirement: \"{term}\" in label selector \"{selector}\"");
    }

    [GeneratedRegex(@"^(?<key>[A-Za-z0-9./_-]+)\s+(?<op>in|notin)\s*\((?<values>[^()]*)\)$")]
    private static partial Regex SetTerm();

    [GeneratedRegex(@"^(?<key>[A-Za-z0-9./_-]+)\s*(?<op>==|=|!=)\s*(?<value>[A-Za-z0-9._-]*)$")]
    private static partial Regex EqualityTerm();

    [GeneratedRegex(@"^(?<not>!?)\s*(?<key>[A-Za-z0-9./_-]+)$")]
    private static partial Regex ExistsTerm();
}
