using System.Text;
using System.Text.RegularExpressions;

namespace Knative.Xds.Core.Networking;

/// <summary>A URL as Go's standard library reads it: ConfigMaps are written for it.</summary>
/// <remarks>Source: Go net/url.</remarks>
internal sealed partial record GoUrl
{
    private const string HostPunctuation = "!$&'()*+,;=:[]<>\"-_.~";

    /// <summary>Scheme, lower case; empty when there is none.</summary>
    public string Scheme { get; private init; } = "";
    /// <summary>What follows a scheme without a slash, e.g. of <c>otel:4317</c>.</summary>
    public string Opaque { get; private init; } = "";
    /// <summary>Host without port, an IPv6 address without brackets.</summary>
    public string HostName { get; private init; } = "";
    /// <summary>Digits behind the host; empty when there are none.</summary>
    public string Port { get; private init; } = "";
    /// <summary>Path, unescaped.</summary>
    public string Path { get; private init; } = "";
    /// <summary>Path, or what stands for it, and query, as a request would name them.</summary>
    public string RequestTarget { get; private init; } = "";

    /// <summary>Reads a URL; the fault is null when it is one.</summary>
    public static (GoUrl? Value, string? Fault) Parse(string text)
    {
        if (text.Any(c => c is < ' ' or '\x7f'))
        {
            return (null, "it has a control character");
        }

        var rest = text.Split('#', 2)[0];
        if (SplitScheme(rest) is not { } split)
        {
            return (null, "its scheme is missing");
        }

        var (scheme, afterScheme) = split;
        var query = afterScheme.IndexOf('?', StringComparison.Ordinal) is >= 0 and var at ? afterScheme[at..] : "";
        rest = afterScheme[..^query.Length];
        if (rest.StartsWith('/'))
        {
            return Hierarchical(scheme, rest, query);
        }

        if (scheme.Length > 0)
        {
            return (new GoUrl { Scheme = scheme, Opaque = rest, RequestTarget = rest + query }, null);
        }

        return rest.Split('/', 2)[0].Contains(':', StringComparison.Ordinal) ? (null, "its first segment has a colon") : Hierarchical("", rest, query);
    }

    private static (GoUrl? Value, string? Fault) Hierarchical(string scheme, string rest, string query)
    {
        var authority = "";
        if (rest.StartsWith("//", StringComparison.Ordinal) && (scheme.Length > 0 || !rest.StartsWith("///", StringComparison.Ordinal)))
        {
            var slash = rest.IndexOf('/', 2);
            (authority, rest) = slash < 0 ? (rest[2..], "") : (rest[2..slash], rest[slash..]);
        }

        var host = authority[(authority.LastIndexOf('@') + 1)..];
        if (SplitPort(host) is not { } parts)
        {
            return (null, $"the port of \"{host}\" is invalid");
        }

        if (Unescape(rest) is not { } path || !IsHost(parts.Name))
        {
            return (null, "an escape or a character in it is invalid");
        }

        return (new GoUrl { Scheme = scheme, HostName = parts.Name, Port = parts.Port, Path = path, RequestTarget = (rest.Length == 0 ? "/" : rest) + query }, null);
    }

    /// <summary>Null: a colon without a scheme before it.</summary>
    private static (string Scheme, string After)? SplitScheme(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case ':':
                    return i == 0 ? null : (text[..i].ToLowerInvariant(), text[(i + 1)..]);
                case >= 'a' and <= 'z' or >= 'A' and <= 'Z':
                    continue;
                case >= '0' and <= '9' or '+' or '-' or '.' when i > 0:
                    continue;
                default:
                    return ("", text);
            }
        }

        return ("", text);
    }

    private static (string Name, string Port)? SplitPort(string host)
    {
        var bracket = host.StartsWith('[') ? host.LastIndexOf(']') : -1;
        if (host.StartsWith('[') && bracket < 0)
        {
            return null;
        }

        var colon = host.IndexOf(':', bracket + 1);
        colon = bracket < 0 ? host.LastIndexOf(':') : colon;
        var (name, port) = colon < 0 ? (host, "") : (host[..colon], host[(colon + 1)..]);
        if (!port.All(char.IsAsciiDigit) || (bracket >= 0 && colon != bracket + 1 && host.Length != bracket + 1))
        {
            return null;
        }

        return (bracket < 0 ? name : host[1..bracket], port);
    }

    private static bool IsHost(string name) => name.All(c => c > '\x7f' || char.IsAsciiLetterOrDigit(c) || HostPunctuation.Contains(c, StringComparison.Ordinal));

    private static string? Unescape(string text) =>
        BadEscape().IsMatch(text) ? null : Escape().Replace(text, match => Encoding.UTF8.GetString(Convert.FromHexString(match.Value.Replace("%", "", StringComparison.Ordinal))));

    [GeneratedRegex("%(?![0-9a-fA-F]{2})")]
    private static partial Regex BadEscape();

    [GeneratedRegex("(?:%[0-9a-fA-F]{2})+")]
    private static partial Regex Escape();
}
