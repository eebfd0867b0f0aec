using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Duplex;

/// <summary>Which requests over HTTP/1.1 get a connection of their own, over which the response may come before the request has been sent.</summary>
internal static class DuplexRequest
{
    /// <summary>Those with a body, of revisions that ask for it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="isAsked">The revision asks for it.</param>
    public static bool Is(HttpContext context, bool isAsked) =>
        isAsked
        && HttpProtocol.IsHttp11(context.Request.Protocol)
        && context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == true
        && context.Features.Get<IHttpUpgradeFeature>()?.IsUpgradableRequest != true;
}
