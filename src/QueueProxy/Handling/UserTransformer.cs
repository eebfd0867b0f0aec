using System.Net;
using Knative.Xds.Core.Wire;
using Knative.Xds.Exchanges;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>What the user container gets to see of a request, and the client of the response.</summary>
/// <remarks>Source: Go's net/http/httputil.ReverseProxy and knative/serving pkg/http/proxy.go.</remarks>
internal sealed class UserTransformer : HttpTransformer
{
    private static readonly UriCreationOptions Raw = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public override async ValueTask TransformRequestAsync(HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
    {
        await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
        var request = httpContext.Request;
        if (RawTarget(httpContext) is { } target)
            proxyRequest.RequestUri = new Uri(destinationPrefix + target, Raw);
        var headers = proxyRequest.Headers;
        headers.Host = request.Host.Value;
        headers.Remove(HeaderNames.RevisionNamespace);
        headers.Remove(HeaderNames.RevisionName);
        EndToEndHeaders.Restore(request.Headers, proxyRequest);
        HopHeaders.RemoveNamed(request.Headers.Connection, proxyRequest);
        ForwardedClients.Append(httpContext, proxyRequest);
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        var forward = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (proxyResponse is null)
            return forward;
        EndToEndHeaders.Restore(proxyResponse, httpContext.Response.Headers);
        HopHeaders.RemoveNamed(proxyResponse, httpContext.Response.Headers);
        if (proxyResponse.StatusCode == HttpStatusCode.SwitchingProtocols)
        {
            // A tunnel writes no response: its limits run on, as upstream.
            httpContext.Features.Get<RequestState>()?.BecomeTunnel();
            return forward;
        }

        (httpContext.Features.Get<IHttpResponseBodyFeature>() as TimedExchange)?.MarkStarted();
        if (!ResponseStart.CanHaveBody(httpContext.Response))
            return false;
        await ResponseStart.AwaitBodyAsync(httpContext, proxyResponse.Content, cancellationToken);
        return forward;
    }

    public override async ValueTask TransformResponseTrailersAsync(HttpContext httpContext, HttpResponseMessage proxyResponse, CancellationToken cancellationToken)
    {
        await base.TransformResponseTrailersAsync(httpContext, proxyResponse, cancellationToken);
        WholeResponse.Note(httpContext, hasRequest: httpContext.Request.Body is not Upload { IsWhole: false });
    }

    // Decoding and encoding the path again would change it; the user container must see what the client wrote.
    private static string? RawTarget(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target.StartsWith('/'))
            return target;
        var scheme = target.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0)
            return null;
        var path = target.IndexOfAny(['/', '?'], scheme + 3);
        return path < 0 ? "/" : target[path] == '?' ? "/" + target[path..] : target[path..];
    }
}
