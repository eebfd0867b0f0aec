using System.Net;
using Knative.Xds.Core.Wire;
using Knative.Xds.Exchanges;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Knative.Xds.Activation.Forwarding;

/// <summary>Makes the request to the pod from the one that came in.</summary>
/// <remarks>Source: knative/serving pkg/activator/handler/handler.go, pkg/http/proxy.go, and Go's net/http/httputil ReverseProxy.</remarks>
internal sealed class ActivatorTransformer(string address, string? passthroughHost, string? tlsNamespace) : HttpTransformer
{
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        SetTarget(httpContext, proxyRequest, destinationPrefix);
        EndToEndHeaders.Restore(httpContext.Request.Headers, proxyRequest);
        HopHeaders.RemoveNamed(httpContext.Request.Headers.Connection, proxyRequest);
        var headers = proxyRequest.Headers;
        headers.Host = passthroughHost ?? address;
        if (passthroughHost is not null)
        {
            Set(proxyRequest, HeaderNames.PassthroughLoadBalancer, "true");
        }

        headers.Remove(HeaderNames.RevisionNamespace);
        headers.Remove(HeaderNames.RevisionName);
        Set(proxyRequest, HeaderNames.ProxyRequest, ProbeValues.Activator);
        if (!httpContext.Request.Headers.ContainsKey(HeaderNames.OriginalHost))
        {
            Set(proxyRequest, HeaderNames.OriginalHost, httpContext.Request.Host.Value ?? "");
        }

        ForwardedClients.Append(httpContext, proxyRequest);
        if (tlsNamespace is not null)
        {
            proxyRequest.Options.Set(BackendTransport.TlsNamespace, tlsNamespace);
        }
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        if (proxyResponse is null)
        {
            return await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        }

        (httpContext.Request.Body as ReplayableBody)?.Forget();
        // A tunnel writes no response: its limits run on, as upstream.
        if (proxyResponse.StatusCode != HttpStatusCode.SwitchingProtocols)
        {
            httpContext.Features.Get<TimedExchange>()?.MarkStarted();
        }

        var forward = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        EndToEndHeaders.Restore(proxyResponse, httpContext.Response.Headers);
        HopHeaders.RemoveNamed(proxyResponse, httpContext.Response.Headers);
        if (proxyResponse.StatusCode == HttpStatusCode.SwitchingProtocols)
        {
            return forward;
        }

        if (!ResponseStart.CanHaveBody(httpContext.Response))
        {
            return false;
        }

        await ResponseStart.AwaitBodyAsync(httpContext, proxyResponse.Content, cancellationToken);
        return forward;
    }

    public override async ValueTask TransformResponseTrailersAsync(HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        await base.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
        WholeResponse.Note(httpContext, hasRequest: httpContext.Request.Body is not ReplayableBody { IsWhole: false });
    }

    // The target as it came: parsing and writing it again would change escapes that some applications tell apart.
    private static void SetTarget(HttpContext context, HttpRequestMessage request, string prefix)
    {
        var raw = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (raw is not null && raw.StartsWith('/'))
        {
            request.RequestUri = new Uri(prefix + raw, Verbatim);
        }
    }

    private static void Set(HttpRequestMessage request, string name, string value)
    {
        request.Headers.Remove(name);
        request.Headers.TryAddWithoutValidation(name, value);
    }
}
