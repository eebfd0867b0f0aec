using System.Collections.Immutable;
using Envoy.Config.Core.V3;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>Request headers that an ingress sets.</summary>
internal static class HeaderMutations
{
    // Envoy's own bound (base.proto, HeaderValue).
    private const int MaxLength = 16384;
    private const string TokenPunctuation = "!#$%&'*+-.^_`|~";

    /// <summary>Options that overwrite whatever the client sent, as KIngress demands of its appendHeaders.</summary>
    public static IEnumerable<HeaderValueOption> Overwrite(ImmutableSortedDictionary<string, string> headers) =>
        headers.Select(header => Overwrite(header.Key, header.Value));

    /// <summary>One such option.</summary>
    public static HeaderValueOption Overwrite(string name, string value) => new()
    {
        // Envoy reads % in a value as the start of a command.
        Header = new HeaderValue { Key = name, Value = value.Replace("%", "%%", StringComparison.Ordinal) },
        AppendAction = HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd,
        KeepEmptyValue = value.Length == 0,
    };

    /// <summary>An option whose value Envoy makes from the request.</summary>
    public static HeaderValueOption OverwriteByFormat(string name, string format) => new()
    {
        Header = new HeaderValue { Key = name, Value = format },
        AppendAction = HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd,
    };

    /// <summary>Why Envoy would refuse to set a header; null when it would not.</summary>
    public static string? WhyNot(string name, string value)
    {
        if (name.Length is 0 or > MaxLength || !name.All(IsTokenCharacter))
        {
            return $"\"{name}\" is not a header name";
        }

        if (name.Equals("host", StringComparison.OrdinalIgnoreCase))
        {
            return "Host is set by rewriteHost, not by a header";
        }

        return value.Length > MaxLength || value.Any(c => char.IsControl(c) && c != '\t') ? $"the value of {name} has control characters or is too long" : null;
    }

    /// <summary>Whether a text can be the name of a header.</summary>
    public static bool IsName(string name) => name.Length is > 0 and <= MaxLength && name.All(IsTokenCharacter);

    private static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || TokenPunctuation.Contains(c, StringComparison.Ordinal);
}
