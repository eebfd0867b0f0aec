namespace Knative.Xds.ControlPlane.Translation;

/// <summary>Host names as keys of scopes and of secrets.</summary>
internal static class HostNames
{
    private const string WildcardLabel = "*.";

    /// <summary>The one spelling: lower case, without the dot at the end.</summary>
    public static string Normalize(string host) => host.TrimEnd('.').ToLowerInvariant();

    /// <summary>Whether a normalised name stands for all names below another.</summary>
    public static bool IsWildcard(string host) => host.StartsWith(WildcardLabel, StringComparison.Ordinal);

    /// <summary>Whether a certificate's name is good for a host: the same, or a wildcard for exactly one label (RFC 6125).</summary>
    public static bool Covers(string certified, string host) =>
        certified == host || (IsWildcard(certified) && host.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && host.AsSpan(dot).SequenceEqual(certified.AsSpan(1)));
}
