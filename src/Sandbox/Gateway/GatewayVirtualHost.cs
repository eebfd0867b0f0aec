using System.Collections.Immutable;
using Envoy.Config.Route.V3;
using Knative.Xds.Core.Wire;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>A virtual host.</summary>
/// <param name="Routes">The first that matches wins.</param>
/// <param name="Edits">Changes to headers.</param>
/// <param name="ConnectRetries">Further attempts after one that found nobody listening.</param>
/// <param name="RetryOnNextPriority">Whether those leave out the priorities that were tried.</param>
/// <param name="Hash">Hash of the ingress, for probes; empty for none.</param>
internal sealed record GatewayVirtualHost(ImmutableArray<GatewayRoute> Routes, HeaderEdits Edits, int ConnectRetries, bool RetryOnNextPriority, string Hash)
{
    private const string LuaFilter = "envoy.filters.http.lua";

    public static GatewayVirtualHost Of(VirtualHost host)
    {
        var policy = host.RetryPolicy;
        var retriesConnects = policy?.RetryOn.Split(',').Contains("connect-failure") == true;
        return new(
            [.. host.Routes.Select(GatewayRoute.Of)],
            HeaderEdits.Of(host.RequestHeadersToRemove, host.RequestHeadersToAdd),
            retriesConnects ? (int)(policy!.NumRetries ?? 1) : 0,
            policy?.RetryPriority is not null,
            HashOf(host));
    }

    /// <summary>What the Lua step of the listener does for Envoy.</summary>
    public void AnswerProbe(IHeaderDictionary headers)
    {
        if (Hash.Length > 0 && headers[HeaderNames.NetworkHash] == "override")
        {
            headers[HeaderNames.NetworkHash] = Hash;
        }
    }

    private static string HashOf(VirtualHost host) =>
        host.Metadata?.FilterMetadata.TryGetValue(LuaFilter, out var metadata) == true && metadata.Fields.TryGetValue("hash", out var hash) ? hash.StringValue : "";

    public GatewayRoute? Find(string path, IHeaderDictionary headers) => Routes.FirstOrDefault(route => route.Matches(path, headers));
}
