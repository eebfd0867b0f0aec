using System.Collections.Frozen;
using Microsoft.Extensions.Primitives;

namespace Knative.Xds.Exchanges;

/// <summary>Takes out the headers that a Connection header names: they concern one hop.</summary>
/// <remarks>Source: Go's net/http/httputil ReverseProxy, removeHopByHopHeaders.</remarks>
internal static class HopHeaders
{
    // What the connection settles itself, and what is no header in Go: neither can be named away.
    private static readonly FrozenSet<string> Kept = new[] { "keep-alive", "close", "upgrade", "te", "host", "content-length" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Of a request that is made from one that came in.</summary>
    public static void RemoveNamed(StringValues connection, HttpRequestMessage request)
    {
        foreach (var line in connection)
        {
            foreach (var name in (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (!Kept.Contains(name))
                {
                    Remove(name, request);
                }
            }
        }
    }

    /// <summary>Of the response that is made from one that came in.</summary>
    public static void RemoveNamed(HttpResponseMessage source, IHeaderDictionary headers)
    {
        foreach (var name in source.Headers.Connection)
        {
            if (!Kept.Contains(name))
            {
                headers.Remove(name);
            }
        }
    }

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
