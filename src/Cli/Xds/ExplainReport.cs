using System.Collections.Immutable;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Knative.Xds.ControlPlane.Explaining;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;

namespace Knative.Xds.Cli.Xds;

/// <summary>What a request meets, and why.</summary>
/// <param name="Request">The request.</param>
/// <param name="Scopes">Scopes that were looked up, in order; the last one is the one that was found, if any was.</param>
/// <param name="RouteConfiguration">The routes that decide; null when there are none for the host.</param>
/// <param name="Ingress">The ingress that they are of; null when no ingress has the host.</param>
/// <param name="Routes">What they do; null when there are none.</param>
/// <param name="Backends">Clusters that may get the request.</param>
/// <param name="Verdict">What comes of it.</param>
internal sealed record ExplainReport(
    GatewayRequest Request, ImmutableArray<string> Scopes, string? RouteConfiguration, string? Ingress, RouteExplanation? Routes, ImmutableArray<BackendRow> Backends, string Verdict)
{
    /// <summary>Headers of the request that the listener does not take from a client.</summary>
    public ImmutableSortedDictionary<string, string> Dropped { get; init; } = GatewayRequest.NoHeaders;

    /// <summary>Follows a request through what a server would have its gateways do.</summary>
    public static async Task<ExplainReport> ReadAsync(XdsAdmin server, GatewayRequest request, CancellationToken cancellationToken)
    {
        var looked = ImmutableArray.CreateBuilder<string>();
        foreach (var name in RequestHost.Scopes(request.Visibility, request.Host))
        {
            looked.Add(name);
            if (await server.MessageAsync<ScopedRouteConfiguration>(ResourceType.ScopedRouteConfiguration, name, cancellationToken) is { } scope)
            {
                return await FollowAsync(server, request, looked.ToImmutable(), scope, cancellationToken);
            }
        }

        var host = RequestHost.Normalize(request.Host);
        return new(request, looked.ToImmutable(), null, null, null, [], $"404: no ingress has the host {host} on the {request.Visibility} listener");
    }

    private static async Task<ExplainReport> FollowAsync(
        XdsAdmin server, GatewayRequest request, ImmutableArray<string> looked, ScopedRouteConfiguration scope, CancellationToken cancellationToken)
    {
        var name = scope.RouteConfigurationName;
        var ingress = GatewayNames.IngressOf(name);
        if (await server.MessageAsync<RouteConfiguration>(ResourceType.RouteConfiguration, name, cancellationToken) is not { } configuration)
        {
            return new(request, looked, name, ingress, null, [], $"404: the routes {name} are gone");
        }

        // The wildcard is what a gateway looks up then, and what the virtual host has as its domain.
        var arrival = await server.MessageAsync<Listener>(ResourceType.Listener, request.Visibility, cancellationToken) is { } listener ? Arrival.Of(listener, request) : new(request, GatewayRequest.NoHeaders);
        var routes = RouteExplainer.Explain(configuration, arrival.Request);
        var backends = await BackendRow.ReadAsync(server, [.. routes.Splits.Where(split => split.Share > 0).Select(split => split.Cluster)], cancellationToken);
        return new(request, looked, name, ingress, routes, backends, VerdictOf(routes, backends)) { Dropped = arrival.Dropped };
    }

    private static string VerdictOf(RouteExplanation routes, ImmutableArray<BackendRow> backends)
    {
        var empty = backends.Where(backend => backend.Endpoints.IsEmpty).Select(backend => backend.Cluster).ToList();
        return empty.Count == 0 ? routes.Verdict : $"{routes.Verdict}; 503 from {string.Join(", ", empty)}, which has no endpoint";
    }
}
