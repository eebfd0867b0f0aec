using Microsoft.Extensions.Primitives;

namespace Knative.Xds.Exchanges;

/// <summary>Headers that are between the client and the application, and that YARP leaves out all the same: they go on as any other does.</summary>
/// <remarks>Source: Go's net/http/httputil ReverseProxy, which leaves out those of <see cref="HopHeaders"/> alone. <c>HTTP2-Settings</c> stays out: it is an upgrade's, of its hop.</remarks>
internal static class EndToEndHeaders
{
    private static readonly string[] LeftOut =
    [
        "Alt-Svc", "ALPN", "Close", "Proxy-Authentication-Info", "Proxy-Features", "Proxy-Instruction", "Security-Scheme", "Strict-Transport-Security", "Upgrade-Insecure-Requests",
    ];

    /// <summary>Puts those into a request that is made from one that came in; before <see cref="HopHeaders.RemoveNamed(StringValues, HttpRequestMessage)"/>.</summary>
    public static void Restore(IHeaderDictionary source, HttpRequestMessage request)
    {
        foreach (var name in LeftOut)
        {
            if (source.TryGetValue(name, out var values))
            {
                request.Headers.Remove(name);
                request.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }
    }

    /// <summary>Puts those into the response that is made from one that came in; before <see cref="HopHeaders.RemoveNamed(HttpResponseMessage, IHeaderDictionary)"/>.</summary>
    public static void Restore(HttpResponseMessage source, IHeaderDictionary headers)
    {
        foreach (var name in LeftOut)
        {
            if (source.Headers.NonValidated.TryGetValues(name, out var values))
            {
                headers[name] = new StringValues([.. values]);
            }
        }
    }
}
