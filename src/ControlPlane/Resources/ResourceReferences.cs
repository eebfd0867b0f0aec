using System.Collections.Immutable;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;

namespace Knative.Xds.ControlPlane.Resources;

/// <summary>Reads a resource's own name and the names that it refers to.</summary>
internal static class ResourceReferences
{
    /// <summary>Kind and name of a message.</summary>
    public static (ResourceType Type, string Name) Identify(IMessage message) => message switch
    {
        Cluster cluster => (ResourceType.Cluster, cluster.Name),
        ClusterLoadAssignment assignment => (ResourceType.ClusterLoadAssignment, assignment.ClusterName),
        Secret secret => (ResourceType.Secret, secret.Name),
        Listener listener => (ResourceType.Listener, listener.Name),
        ScopedRouteConfiguration scope => (ResourceType.ScopedRouteConfiguration, scope.Name),
        RouteConfiguration routes => (ResourceType.RouteConfiguration, routes.Name),
        _ => throw new ArgumentException($"{message.Descriptor.FullName} is no resource that we serve", nameof(message)),
    };

    /// <summary>Names that a message refers to, sorted, without duplicates.</summary>
    /// <remarks>A listener's references are left out: scopes and routes reach it by subscription.</remarks>
    public static ImmutableArray<string> Of(IMessage message) => message switch
    {
        Cluster { Type: Cluster.Types.DiscoveryType.Eds } cluster => [AssignmentOf(cluster)],
        ScopedRouteConfiguration { RouteConfigurationName: { Length: > 0 } name } => [name],
        RouteConfiguration routes => [.. ClustersOf(routes).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        _ => [],
    };

    private static string AssignmentOf(Cluster cluster) =>
        cluster.EdsClusterConfig?.ServiceName is { Length: > 0 } service ? service : cluster.Name;

    private static IEnumerable<string> ClustersOf(RouteConfiguration routes) =>
        routes.VirtualHosts.SelectMany(host => host.Routes).SelectMany(route => route.Route_ is { } action ? ClustersOf(action) : []);

    private static IEnumerable<string> ClustersOf(RouteAction action) => action.ClusterSpecifierCase switch
    {
        RouteAction.ClusterSpecifierOneofCase.Cluster => [action.Cluster],
        RouteAction.ClusterSpecifierOneofCase.WeightedClusters => action.WeightedClusters.Clusters.Select(cluster => cluster.Name),
        _ => [],
    };
}
