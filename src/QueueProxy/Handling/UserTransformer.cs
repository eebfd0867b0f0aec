using System.Net;
using Knative.Xds.Core.Wire;
using Knative.Xds.Exchanges;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Forwarder;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>What the user container gets to see of a request, and the client of the response.</summary>
/// <remarks>Source: Go's net/http/httputil.ReverseProxy and knative/serving pkg/http/proxy.go.</remarks>
internal sealed class UserTransformer : HttpTransformer
{
    private const string ForwardedFor = "X-Forwarded-For";
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
        RemoveNamed(request.Headers.Connection, name =>
        {
            headers.Remove(name);
            proxyRequest.Content?.Headers.Remove(name);
        });
        AppendClient(httpContext, proxyRequest);
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext httpContext, HttpResponseMessage? proxyResponse, CancellationToken cancellationToken)
    {
        var forward = await base.TransformResponseAsync(httpContext, proxyResponse, cancellationToken);
        if (proxyResponse is null)
            return forward;
        (httpContext.Features.Get<IHttpResponseBodyFeature>() as TimedExchange)?.MarkStarted();
        foreach (var name in proxyResponse.Headers.Connection)
            httpContext.Response.Headers.Remove(name);
        if (proxyResponse.StatusCode == HttpStatusCode.SwitchingProtocols)
            httpContext.Features.Get<RequestState>()?.BecomeTunnel();
        return forward;
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

    private static void RemoveNamed(StringValues connection, Action<string> remove)
    {
        foreach (var line in connection)
        {
            foreach (var name in (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                // These three are the connection's own business, which the forwarder settles.
                if (!IsOwn(name))
                    remove(name);
            }
        }
    }

    private static bool IsOwn(string name) =>
        name.Equals("keep-alive", StringComparison.OrdinalIgnoreCase) || name.Equals("close", StringComparison.OrdinalIgnoreCase) || name.Equals("upgrade", StringComparison.OrdinalIgnoreCase);

    private static void AppendClient(HttpContext context, HttpRequestMessage proxyRequest)
    {
        if (context.Connection.RemoteIpAddress is not { } client)
            return;
        var address = (client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client).ToString();
        var earlier = context.Request.Headers[ForwardedFor];
        proxyRequest.Headers.Remove(ForwardedFor);
        proxyRequest.Headers.TryAddWithoutValidation(ForwardedFor, earlier.Count == 0 ? address : $"{string.Join(", ", earlier.ToArray())}, {address}");
    }
}
