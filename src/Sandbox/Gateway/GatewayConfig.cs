using System.Collections.Immutable;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>All that the gateway was sent, in the form in which requests are routed by it. Immutable.</summary>
internal sealed record GatewayConfig
{
    public static readonly GatewayConfig Empty = new();

    /// <summary>By name.</summary>
    public ImmutableDictionary<string, GatewayListener> Listeners { get; init; } = ImmutableDictionary<string, GatewayListener>.Empty;
    /// <summary>By name.</summary>
    public ImmutableDictionary<string, GatewayScope> Scopes { get; init; } = ImmutableDictionary<string, GatewayScope>.Empty;
    /// <summary>Name of the route configuration by scope key.</summary>
    public ImmutableDictionary<string, string> RoutesByKey { get; init; } = ImmutableDictionary<string, string>.Empty;
    /// <summary>By name.</summary>
    public ImmutableDictionary<string, GatewayRoutes> Routes { get; init; } = ImmutableDictionary<string, GatewayRoutes>.Empty;
    /// <summary>By name.</summary>
    public ImmutableDictionary<string, GatewayCluster> Clusters { get; init; } = ImmutableDictionary<string, GatewayCluster>.Empty;
    /// <summary>By name of the assignment.</summary>
    public ImmutableDictionary<string, EndpointSet> Endpoints { get; init; } = ImmutableDictionary<string, EndpointSet>.Empty;

    /// <summary>Names to subscribe to; null as long as nothing refers to the type.</summary>
    public IEnumerable<string>? Needs(ResourceType type) => type switch
    {
        ResourceType.Cluster or ResourceType.Listener => [],
        ResourceType.ScopedRouteConfiguration => Listeners.IsEmpty ? null : [],
        ResourceType.RouteConfiguration => Scopes.Values.Select(scope => scope.Routes),
        ResourceType.ClusterLoadAssignment => Clusters.Values.Select(cluster => cluster.AssignmentName).OfType<string>(),
        _ => null,
    };

    /// <summary>The configuration after a response.</summary>
    /// <exception cref="InvalidDataException">A resource uses what this gateway does not understand; the message names both.</exception>
    public GatewayConfig Apply(ResourceType type, DeltaDiscoveryResponse response) => type switch
    {
        ResourceType.Cluster => WithClusters(response),
        ResourceType.ClusterLoadAssignment => this with { Endpoints = Merge(Endpoints, response, ClusterLoadAssignment.Parser, EndpointSet.Of, collection: false) },
        ResourceType.Listener => this with { Listeners = Merge(Listeners, response, Listener.Parser, GatewayListener.Of, collection: true) },
        ResourceType.ScopedRouteConfiguration => WithScopes(Merge(Scopes, response, ScopedRouteConfiguration.Parser, GatewayScope.Of, collection: true)),
        ResourceType.RouteConfiguration => this with { Routes = Merge(Routes, response, RouteConfiguration.Parser, GatewayRoutes.Of, collection: false) },
        _ => this,
    };

    private GatewayConfig WithClusters(DeltaDiscoveryResponse response)
    {
        var clusters = Merge(Clusters, response, Cluster.Parser, GatewayCluster.Of, collection: true);
        var assignments = clusters.Values.Select(cluster => cluster.AssignmentName).ToHashSet();
        return this with { Clusters = clusters, Endpoints = Endpoints.RemoveRange(Endpoints.Keys.Where(name => !assignments.Contains(name))) };
    }

    private GatewayConfig WithScopes(ImmutableDictionary<string, GatewayScope> scopes)
    {
        var byKey = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, scope) in scopes)
        {
            if (!byKey.TryAdd(scope.Key, scope.Routes))
            {
                throw new InvalidDataException($"scope {name}: another scope has the same key");
            }
        }

        var named = byKey.Values.ToHashSet(StringComparer.Ordinal);
        return this with { Scopes = scopes, RoutesByKey = byKey.ToImmutable(), Routes = Routes.RemoveRange(Routes.Keys.Where(name => !named.Contains(name))) };
    }

    // Of types that are asked for by name, a resource stays until nothing refers to it: that is how Envoy does it.
    private static ImmutableDictionary<string, TModel> Merge<TMessage, TModel>(
        ImmutableDictionary<string, TModel> models, DeltaDiscoveryResponse response, MessageParser<TMessage> parser, Func<TMessage, TModel> compile, bool collection)
        where TMessage : IMessage<TMessage>
    {
        var merged = models.ToBuilder();
        foreach (var resource in response.Resources)
        {
            merged[resource.Name] = compile(parser.ParseFrom(resource.Resource_.Value));
        }

        if (collection)
        {
            merged.RemoveRange(response.RemovedResources);
        }

        return merged.ToImmutable();
    }
}
