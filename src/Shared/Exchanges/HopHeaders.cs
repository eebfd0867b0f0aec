using System.Collections.Frozen;
using Microsoft.Extensions.Primitives;

namespace Knative.Xds.Exchanges;

/// <summary>Headers that concern one hop: those of the connection itself, and those that a Connection header names.</summary>
/// <remarks>Source: Go's net/http/httputil ReverseProxy, removeHopByHopHeaders.</remarks>
internal static class HopHeaders
{
    private static readonly FrozenSet<string> OfTheConnection = new[]
    {
        "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    // What the connection settles itself, and what is no header in Go: neither can be named away.
    private static readonly FrozenSet<string> Kept = new[] { "keep-alive", "close", "upgrade", "te", "host", "content-length" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a header is the connection's own.</summary>
    public static bool Contains(string name) => OfTheConnection.Contains(name);

    /// <summary>Takes the named ones out of a request that is made from one that came in.</summary>
    public static void RemoveNamed(StringValues connection, HttpRequestMessage request)
    {
        foreach (var line in connection)
        {
            foreach (var name in Names(line))
            {
                if (!Kept.Contains(name))
                {
                    Remove(name, request);
                }
            }
        }
    }

    /// <summary>Takes the named ones out of the response that is made from one that came in.</summary>
    public static void RemoveNamed(HttpResponseMessage source, IHeaderDictionary headers) => RemoveNamed(source.Headers.Connection, headers);

    /// <summary>Takes those out that a Connection header of the response that came in names, as it is or in parts.</summary>
    public static void RemoveNamed(IEnumerable<string> connection, IHeaderDictionary headers)
    {
        foreach (var line in connection)
        {
            foreach (var name in Names(line))
            {
                if (!Kept.Contains(name))
                {
                    headers.Remove(name);
                }
            }
        }
    }

    private static string[] Names(string? line) => (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    // Removing a name that a collection cannot have is an error.
    private static void Remove(string name, HttpRequestMessage request)
    {
        if (request.Headers.NonValidated.Contains(name))
        {
            request.Headers.Remove(name);
        }

        if (request.Content is { } content && content.Headers.NonValidated.Contains(name))
        {
            content.Headers.Remove(name);
        }
    }
}
