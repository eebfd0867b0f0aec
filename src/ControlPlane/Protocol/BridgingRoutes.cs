using Envoy.Config.Route.V3;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>A route configuration between two versions, for hosts that change places: it serves the hosts of both.</summary>
/// <remarks>When two ingresses swap hosts, each one's scope waits for the other's routes, and these wait for the scopes that leave them: neither could begin.
/// With both sets of hosts in each, scopes can move in any order, and no host is ever without routes.</remarks>
internal static class BridgingRoutes
{
    /// <summary>The next version with the hosts of the old one that it leaves out.</summary>
    public static EncodedResource Of(EncodedResource old, EncodedResource next)
    {
        var bridge = next.Body.Unpack<RouteConfiguration>();
        var domains = bridge.VirtualHosts.SelectMany(host => host.Domains).ToHashSet(StringComparer.Ordinal);
        var names = bridge.VirtualHosts.Select(host => host.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var host in old.Body.Unpack<RouteConfiguration>().VirtualHosts)
        {
            var left = host.Domains.Where(domain => !domains.Contains(domain)).ToList();
            if (left.Count > 0 && names.Add(host.Name))
            {
                host.Domains.Clear();
                host.Domains.Add(left);
                bridge.VirtualHosts.Add(host);
            }
        }

        return EncodedResource.Of(bridge).AsBridgeTo(next);
    }
}
