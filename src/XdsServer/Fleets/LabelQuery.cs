using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Knative.Xds.XdsServer.Fleets;

/// <summary>A label selector as kubectl takes it: <c>a=b</c>, <c>a!=b</c>, <c>a in (b,c)</c>, <c>a notin (b)</c>, <c>a</c>, <c>!a</c>, separated by commas.</summary>
internal sealed partial class LabelQuery
{
    private readonly ImmutableArray<Requirement> _requirements;

    private LabelQuery(ImmutableArray<Requirement> requirements) => _requirements = requirements;

    /// <summary>Reads a selector; the empty one selects everything.</summary>
    /// <exception cref="FormatException">It is malformed; the message quotes the part that is.</exception>
    public static LabelQuery Parse(string text) => new([.. Separator().Split(text).Select(part => part.Trim()).Where(part => part.Length > 0).Select(ParseOne)]);

    /// <summary>Whether an object with these labels is selected.</summary>
    public bool Selects(IReadOnlyDictionary<string, string> labels) => _requirements.All(requirement => requirement.IsMet(labels));

    // As in Kubernetes, "a != b" and "a notin (b)" select objects without the label too.
    private static Requirement ParseOne(string part)
    {
        if (SetTerm().Match(part) is { Success: true } set)
        {
            return new(set.Groups["key"].Value, [.. set.Groups["values"].Value.Split(',').Select(value => value.Trim())], set.Groups["not"].Length > 0, false);
        }

        if (EqualTerm().Match(part) is { Success: true } equal)
        {
            return new(equal.Groups["key"].Value, [equal.Groups["value"].Value], equal.Groups["not"].Length > 0, false);
        }

        return ExistsTerm().Match(part) is { Success: true } exists
            ? new(exists.Groups["key"].Value, [], exists.Groups["not"].Length > 0, true)
            : throw new FormatException($"\"{part}\" is no label requirement, like a=b, a!=b, a in (b,c), a notin (b), a or !a");
    }

    // A comma within parentheses separates values.
    [GeneratedRegex(@",(?![^(]*\))")]
    private static partial Regex Separator();

    [GeneratedRegex(@"^(?<key>[\w./-]+)\s+(?<not>not)?in\s*\((?<values>[\w.,\s-]*)\)$")]
    private static partial Regex SetTerm();

    [GeneratedRegex(@"^(?<key>[\w./-]+)\s*(?<not>!)?==?\s*(?<value>[\w.-]*)$")]
    private static partial Regex EqualTerm();

    [GeneratedRegex(@"^(?<not>!)?\s*(?<key>[\w./-]+)$")]
    private static partial Regex ExistsTerm();

    private readonly record struct Requirement(string Key, ImmutableHashSet<string> Values, bool Negated, bool AnyValue)
    {
        public bool IsMet(IReadOnlyDictionary<string, string> labels) =>
            (labels.TryGetValue(Key, out var value) && (AnyValue || Values.Contains(value))) != Negated;
    }
}
