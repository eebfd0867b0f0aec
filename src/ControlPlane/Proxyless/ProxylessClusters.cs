using System.Collections.Immutable;
using System.Net;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Config.Endpoint.V3;
using Knative.Xds.ControlPlane.Translation;

namespace Knative.Xds.ControlPlane.Proxyless;

/// <summary>Clusters and endpoints that gRPC clients take.</summary>
internal static class ProxylessClusters
{
    // Clients count requests against 1024 for each cluster when nothing is said.
    private const uint MaxRequests = 65536;

    /// <summary>Whether a cluster's endpoints come by a resource of their own. Clients know no clusters without one, but by DNS.</summary>
    public static bool IsDiscovered(Cluster gateway) => gateway.Type is Cluster.Types.DiscoveryType.Eds or Cluster.Types.DiscoveryType.Static;

    /// <summary>The cluster of the same name.</summary>
    public static Cluster Of(Cluster gateway)
    {
        var cluster = new Cluster
        {
            Name = gateway.Name,
            Type = IsDiscovered(gateway) ? Cluster.Types.DiscoveryType.Eds : gateway.Type,
            LbPolicy = Cluster.Types.LbPolicy.RoundRobin,
            LrsServer = new ConfigSource { Self = new SelfConfigSource { TransportApiVersion = ApiVersion.V3 }, ResourceApiVersion = ApiVersion.V3 },
            CircuitBreakers = new CircuitBreakers { Thresholds = { new CircuitBreakers.Types.Thresholds { MaxRequests = MaxRequests } } },
        };
        if (IsDiscovered(gateway))
        {
            cluster.EdsClusterConfig = new Cluster.Types.EdsClusterConfig { EdsConfig = new ConfigSource { Ads = new AggregatedConfigSource(), ResourceApiVersion = ApiVersion.V3 } };
        }
        else
        {
            cluster.LoadAssignment = new ClusterLoadAssignment { ClusterName = gateway.Name, Endpoints = { Weighted("", 0, gateway.LoadAssignment.Endpoints[0].LbEndpoints) } };
        }

        return cluster;
    }

    /// <summary>The endpoints of the same cluster: gateways in place of activators; priorities without gap, as clients refuse gaps.</summary>
    public static ClusterLoadAssignment Of(ClusterLoadAssignment gateway, ImmutableArray<IPEndPoint> addresses)
    {
        var assignment = new ClusterLoadAssignment { ClusterName = gateway.ClusterName };
        foreach (var locality in gateway.Endpoints.OrderBy(locality => locality.Priority))
        {
            var throughGateway = locality.Locality?.SubZone == GatewayNames.ActivatorZone;
            var endpoints = throughGateway ? [.. addresses.Select(EndpointOf)] : locality.LbEndpoints.ToImmutableArray();
            if (!endpoints.IsEmpty)
            {
                assignment.Endpoints.Add(Weighted(throughGateway ? GatewayNames.GatewayZone : "", (uint)assignment.Endpoints.Count, endpoints));
            }
        }

        return assignment;
    }

    // A locality without weight gets no request.
    private static LocalityLbEndpoints Weighted(string zone, uint priority, IEnumerable<LbEndpoint> endpoints) =>
        new() { Locality = new Locality { SubZone = zone }, Priority = priority, LoadBalancingWeight = 1, LbEndpoints = { endpoints } };

    private static LbEndpoint EndpointOf(IPEndPoint address) =>
        new() { Endpoint = new Endpoint { Address = SocketAddresses.Of(address.Address.ToString(), address.Port) } };
}
