using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Forwarder;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>Sends requests to endpoints, falling over to the next priority when one does not listen.</summary>
internal sealed class RequestForwarder(UpstreamInvokers invokers)
{
    // Knative has no timeout at the gateway; the forwarder wants one.
    private static readonly TimeSpan NoTimeout = TimeSpan.FromDays(20);
    private static readonly ForwarderRequestConfig Http1 = new() { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact, ActivityTimeout = NoTimeout };
    private static readonly ForwarderRequestConfig Http2 = Http1 with { Version = HttpVersion.Version20 };

    public async Task ForwardAsync(HttpContext context, GatewayConfig config, RouteHit hit)
    {
        var target = hit.Route.Pick(Random.Shared);
        foreach (var edits in hit.Edits(target))
        {
            edits.Apply(context.Request.Headers);
        }

        var endpoints = config.Clusters.TryGetValue(target.Cluster, out var cluster)
            ? cluster.Inline ?? config.Endpoints.GetValueOrDefault(cluster.AssignmentName!)
            : null;
        if (endpoints is null || !await TryForwardAsync(context, cluster!, endpoints, hit))
        {
            await UnavailableAsync(context, "no healthy upstream");
        }
    }

    /// <summary>False when no endpoint took the request, so that it can still be answered.</summary>
    private async Task<bool> TryForwardAsync(HttpContext context, GatewayCluster cluster, EndpointSet endpoints, RouteHit hit)
    {
        var forwarder = context.RequestServices.GetRequiredService<IHttpForwarder>();
        var transformer = new GatewayTransformer(hit.Route.RewriteHost ?? hit.Host, hit.PathAndQuery);
        var tried = new HashSet<int>();
        for (var attempt = 0; attempt <= hit.VirtualHost.ConnectRetries; attempt++)
        {
            if (endpoints.Pick(tried) is not { } url)
            {
                return false;
            }

            // The forwarder takes a status other than 200 for an answer that is already there.
            context.Response.StatusCode = StatusCodes.Status200OK;
            await forwarder.SendAsync(context, url, invokers.For(cluster.Transport), cluster.Transport.Http2 ? Http2 : Http1, transformer, context.RequestAborted);
            var failure = context.Features.Get<IForwarderErrorFeature>()?.Exception;
            if (context.Response.HasStarted || !UpstreamConnectException.IsCauseOf(failure))
            {
                return true;
            }

            context.Features.Set<IForwarderErrorFeature>(null);
            if (!hit.VirtualHost.RetryOnNextPriority)
            {
                tried.Clear();
            }
        }

        return false;
    }

    private static Task UnavailableAsync(HttpContext context, string reason)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(reason);
    }
}
