using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Duplex;

/// <summary>Which requests over HTTP/1.1 get a connection of their own, over which the response may come before the request has been sent.</summary>
internal static class DuplexRequest
{
    // What is shorter a server may as well read before it answers; Go's reads as much. Source: Go's net/http, maxPostHandlerReadBytes.
    private const long Long = 256 << 10;

    /// <summary>Those of revisions that ask for it, and long ones, as a server that refuses a long body answers at once and closes: the platform's client would find the connection broken, and the answer lost.</summary>
    /// <remarks>Where the client waits to be told to go on, the platform's client asks, and hears the answer.</remarks>
    /// <param name="context">The request.</param>
    /// <param name="isAsked">The revision asks for it.</param>
    public static bool Is(HttpContext context, bool isAsked) =>
        HttpProtocol.IsHttp11(context.Request.Protocol)
        && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true
        && context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest != true
        && (isAsked || (context.Request.ContentLength > Long && context.Request.Headers.Expect.Count == 0));
}
