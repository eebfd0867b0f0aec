using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Forwarder;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>Sends a request on as it came, to another address.</summary>
internal sealed class GatewayTransformer(string host, string pathAndQuery) : HttpTransformer
{
    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        proxyRequest.RequestUri = new Uri(destinationPrefix + pathAndQuery, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        proxyRequest.Headers.Host = host;
    }
}
