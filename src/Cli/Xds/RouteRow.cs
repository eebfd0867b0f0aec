using System.Collections.Immutable;
using Envoy.Config.Route.V3;
using Knative.Xds.ControlPlane.Explaining;
using Knative.Xds.ControlPlane.Translation;

namespace Knative.Xds.Cli.Xds;

/// <summary>One route of one host.</summary>
/// <param name="Listener"><c>external</c> or <c>local</c>.</param>
/// <param name="Host">Host.</param>
/// <param name="Ingress">Ingress that it is of, <c>namespace/name</c>; null where it is the gateway's own.</param>
/// <param name="Route">Rule and path of the ingress.</param>
/// <param name="Match">What it asks for.</param>
/// <param name="Target">Where it leads.</param>
internal sealed record RouteRow(string Listener, string Host, string? Ingress, string Route, string Match, string Target)
{
    /// <summary>The routes of scopes, by listener and host, in the order in which a gateway looks at them.</summary>
    public static ImmutableArray<RouteRow> Of(IReadOnlyDictionary<string, ScopedRouteConfiguration> scopes, IReadOnlyDictionary<string, RouteConfiguration> configurations) =>
        [.. scopes.OrderBy(scope => scope.Key, StringComparer.Ordinal).SelectMany(scope => Of(scope.Value, configurations))];

    private static IEnumerable<RouteRow> Of(ScopedRouteConfiguration scope, IReadOnlyDictionary<string, RouteConfiguration> configurations)
    {
        var (listener, host) = (scope.Key.Fragments[0].StringKey, scope.Key.Fragments[^1].StringKey);
        if (!configurations.TryGetValue(scope.RouteConfigurationName, out var routes))
        {
            return [];
        }

        var ingress = GatewayNames.IngressOf(routes.Name);
        return routes.VirtualHosts.Where(entry => entry.Domains.Contains(host)).SelectMany(entry => entry.Routes)
            .Select(route => new RouteRow(listener, host, ingress, route.Name, RouteExplainer.Describe(route.Match), RouteExplainer.Follow(route, new GatewayRequest { Host = host }).Verdict));
    }
}
