using System.Text.RegularExpressions;
using Envoy.Type.Matcher.V3;

namespace Knative.Xds.XdsServer.Introspection;

/// <summary>Which nodes a client status request is about.</summary>
internal static class NodeMatching
{
    /// <summary>A predicate over node ids.</summary>
    /// <exception cref="FormatException">A matcher is malformed, or asks for what we do not support.</exception>
    public static Func<StreamRecord, bool> Of(IReadOnlyCollection<NodeMatcher> matchers)
    {
        if (matchers.Count == 0)
        {
            return _ => true;
        }

        var byId = matchers.Select(Of).ToList();
        return stream => byId.Exists(matches => matches(stream.Node.Id));
    }

    private static Func<string, bool> Of(NodeMatcher matcher) => matcher.NodeMetadatas.Count > 0
        ? throw new FormatException("node_matchers.node_metadatas is not supported: match by node_id")
        : matcher.NodeId is { } id ? Of(id) : _ => true;

    private static Func<string, bool> Of(StringMatcher matcher)
    {
        var comparison = matcher.IgnoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        return matcher.MatchPatternCase switch
        {
            StringMatcher.MatchPatternOneofCase.Exact => text => text.Equals(matcher.Exact, comparison),
            StringMatcher.MatchPatternOneofCase.Prefix => text => text.StartsWith(matcher.Prefix, comparison),
            StringMatcher.MatchPatternOneofCase.Suffix => text => text.EndsWith(matcher.Suffix, comparison),
            StringMatcher.MatchPatternOneofCase.Contains => text => text.Contains(matcher.Contains, comparison),
            StringMatcher.MatchPatternOneofCase.SafeRegex => Regex(matcher.SafeRegex.Regex),
            _ => throw new FormatException("node_matchers.node_id is empty"),
        };
    }

    private static Func<string, bool> Regex(string pattern)
    {
        try
        {
            // Without backtracking, as the one in the protocol: its time grows with the text alone.
            return new Regex($"^(?:{pattern})$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant).IsMatch;
        }
        catch (Exception malformed) when (malformed is ArgumentException or NotSupportedException)
        {
            throw new FormatException($"node_matchers.node_id.safe_regex: {malformed.Message}", malformed);
        }
    }
}
