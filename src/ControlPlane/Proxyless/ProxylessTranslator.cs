using System.Collections.Immutable;
using System.Net;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.Filters.Http.Router.V3;
using Envoy.Extensions.Filters.Network.HttpConnectionManager.V3;
using Google.Protobuf.WellKnownTypes;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;

namespace Knative.Xds.ControlPlane.Proxyless;

/// <summary>Turns what gateways have of a host into what a gRPC client without a gateway needs to reach it.</summary>
/// <remarks>
/// Only what such clients take: an API listener by the host's name, one virtual host, routes with weights, round robin. They cannot name a
/// revision to an activator, as they set no header: where a gateway would go to an activator, they go to a gateway.
/// Source: gRPC proposals A27, A28, A37, A46; what grpc-js 1.14 and gRPC C++ 1.51 refuse.
/// </remarks>
public static class ProxylessTranslator
{
    /// <summary>The resources of a host, read from those of the gateways.</summary>
    /// <param name="name">The name that the client asks for, with or without a port: <c>hello.default.svc.cluster.local:80</c>.</param>
    /// <param name="gateways">The gateways' resources.</param>
    /// <param name="addresses">Addresses of the gateways' local listener.</param>
    public static ProxylessHost Translate(string name, ResourceSnapshot gateways, ImmutableArray<IPEndPoint> addresses)
    {
        var host = HostOf(name);
        var sources = ImmutableHashSet.CreateBuilder<ResourceId>();
        if (RoutesOf(host, gateways, sources) is not { } routes)
        {
            return new([], sources.ToImmutable());
        }

        var clusters = ResourceReferences.Of(routes);
        if (clusters.Any(name => IsSecured(name, gateways)))
        {
            // In clear those backends do not answer, and clients cannot check the system's certificates.
            sources.UnionWith(clusters.Select(name => new ResourceId(ResourceType.Cluster, name)));
            return new([], sources.ToImmutable());
        }

        var resources = ImmutableArray.CreateBuilder<EncodedResource>();
        resources.Add(EncodedResource.Of(Listener(name, host)));
        resources.Add(EncodedResource.Of(routes));
        foreach (var cluster in clusters)
        {
            AddCluster(cluster, gateways, addresses, resources, sources);
        }

        return new(resources.DrainToImmutable(), sources.ToImmutable());
    }

    /// <summary>The host that a name means: gateways know hosts in lower case, without port and without the root's dot.</summary>
    public static string HostOf(string name)
    {
        var colon = name.LastIndexOf(':');
        var host = colon > 0 && name.AsSpan(colon + 1).IndexOfAnyExceptInRange('0', '9') < 0 ? name[..colon] : name;
        return host.TrimEnd('.').ToLowerInvariant();
    }

    private static RouteConfiguration? RoutesOf(string host, ResourceSnapshot gateways, ImmutableHashSet<ResourceId>.Builder sources)
    {
        var scope = new ResourceId(ResourceType.ScopedRouteConfiguration, GatewayNames.Scope(GatewayNames.Local, host));
        sources.Add(scope);
        if (gateways[scope.Type].Find(scope.Name)?.References is not [var name])
        {
            return null;
        }

        sources.Add(new(ResourceType.RouteConfiguration, name));
        var all = gateways[ResourceType.RouteConfiguration].Find(name)?.Body.Unpack<RouteConfiguration>();
        var routes = all?.VirtualHosts.FirstOrDefault(candidate => candidate.Domains.Contains(host)) is { } found ? ProxylessRoutes.Of(found) : [];
        return routes.IsEmpty ? null : new RouteConfiguration { Name = host, VirtualHosts = { new VirtualHost { Name = host, Domains = { "*" }, Routes = { routes } } } };
    }

    private static bool IsSecured(string name, ResourceSnapshot gateways) => gateways[ResourceType.Cluster].Find(name)?.Body.Unpack<Cluster>().TransportSocket is not null;

    private static void AddCluster(
        string name, ResourceSnapshot gateways, ImmutableArray<IPEndPoint> addresses, ImmutableArray<EncodedResource>.Builder resources, ImmutableHashSet<ResourceId>.Builder sources)
    {
        sources.Add(new(ResourceType.Cluster, name));
        if (gateways[ResourceType.Cluster].Find(name)?.Body.Unpack<Cluster>() is not { } cluster)
        {
            return;
        }

        resources.Add(EncodedResource.Of(ProxylessClusters.Of(cluster)));
        if (ProxylessClusters.IsDiscovered(cluster))
        {
            sources.Add(new(ResourceType.ClusterLoadAssignment, name));
            var assignment = gateways[ResourceType.ClusterLoadAssignment].Find(name)?.Body.Unpack<ClusterLoadAssignment>();
            resources.Add(EncodedResource.Of(ProxylessClusters.Of(assignment ?? new ClusterLoadAssignment { ClusterName = name }, addresses)));
        }
    }

    private static Listener Listener(string name, string routes) => new()
    {
        Name = name,
        ApiListener = new ApiListener
        {
            ApiListener_ = Any.Pack(new HttpConnectionManager
            {
                Rds = new Rds { ConfigSource = new ConfigSource { Ads = new AggregatedConfigSource(), ResourceApiVersion = ApiVersion.V3 }, RouteConfigName = routes },
                HttpFilters = { new HttpFilter { Name = "router", TypedConfig = Any.Pack(new Router()) } },
            }),
        },
    };
}
