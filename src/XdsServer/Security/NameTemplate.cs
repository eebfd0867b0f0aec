using System.Collections.Immutable;

namespace Knative.Xds.XdsServer.Security;

/// <summary>A pattern for a name in a certificate, segment by segment: a word, <c>*</c> for any word, or a claim of the node in braces.</summary>
/// <remarks>Segments are separated by <c>/</c> in URIs and by <c>.</c> in DNS names, so that no claim can reach over its segment.</remarks>
internal sealed class NameTemplate
{
    private const string Any = "*";
    private readonly ImmutableArray<string> _segments;
    private readonly bool _isUri;

    private NameTemplate(string text)
    {
        _isUri = IsUri(text);
        _segments = Split(text);
    }

    /// <summary>Reads templates separated by commas.</summary>
    /// <exception cref="FormatException">One has a claim that there is not; the message names the option.</exception>
    public static ImmutableArray<NameTemplate> ParseAll(string option, string text, IReadOnlyCollection<string> claims)
    {
        var templates = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(part => new NameTemplate(part)).ToImmutableArray();
        var unknown = templates.SelectMany(template => template._segments).FirstOrDefault(segment => segment.Contains('{', StringComparison.Ordinal) && !claims.Contains(segment));
        return unknown is null ? templates : throw new FormatException($"{option}: \"{unknown}\" is no placeholder here{string.Concat(claims.Select(claim => $", {claim} is"))}");
    }

    /// <summary>Whether a name fits, with these claims in place of the braces.</summary>
    public bool Matches(string name, IReadOnlyDictionary<string, string> claims)
    {
        if (IsUri(name) != _isUri)
        {
            return false;
        }

        var found = Split(name);
        return found.Length == _segments.Length && _segments.Zip(found).All(pair => Fits(pair.First, pair.Second, claims));
    }

    private bool Fits(string segment, string found, IReadOnlyDictionary<string, string> claims) =>
        segment == Any ? found.Length > 0
        : claims.TryGetValue(segment, out var claim) ? claim.Length > 0 && IsSame(claim, found)
        : IsSame(segment, found);

    private static bool IsUri(string name) => name.Contains("://", StringComparison.Ordinal);

    private ImmutableArray<string> Split(string name) => [.. name.Split(_isUri ? '/' : '.')];

    // DNS names have no case.
    private bool IsSame(string expected, string found) => string.Equals(expected, found, _isUri ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase);
}
