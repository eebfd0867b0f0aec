using System.Collections.Immutable;
using Envoy.Config.Route.V3;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>A virtual host.</summary>
/// <param name="Routes">The first that matches wins.</param>
/// <param name="Edits">Changes to headers.</param>
/// <param name="ConnectRetries">Further attempts after one that found nobody listening.</param>
/// <param name="RetryOnNextPriority">Whether those leave out the priorities that were tried.</param>
internal sealed record GatewayVirtualHost(ImmutableArray<GatewayRoute> Routes, HeaderEdits Edits, int ConnectRetries, bool RetryOnNextPriority)
{
    public static GatewayVirtualHost Of(VirtualHost host)
    {
        var policy = host.RetryPolicy;
        var retriesConnects = policy?.RetryOn.Split(',').Contains("connect-failure") == true;
        return new(
            [.. host.Routes.Select(GatewayRoute.Of)],
            HeaderEdits.Of(host.RequestHeadersToRemove, host.RequestHeadersToAdd),
            retriesConnects ? (int)(policy!.NumRetries ?? 1) : 0,
            policy?.RetryPriority is not null);
    }

    public GatewayRoute? Find(string path, IHeaderDictionary headers) => Routes.FirstOrDefault(route => route.Matches(path, headers));
}
