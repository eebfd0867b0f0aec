using System.Collections.Immutable;
using Envoy.Config.Route.V3;

namespace Knative.Xds.ControlPlane.Proxyless;

/// <summary>Routes that gRPC clients take.</summary>
/// <remarks>One route of a kind that they do not know makes them refuse all: redirects and direct answers are left out.</remarks>
internal static class ProxylessRoutes
{
    public static ImmutableArray<Route> Of(VirtualHost host) => [.. host.Routes.Select(Of).OfType<Route>()];

    private static Route? Of(Route route) => route.Route_ is { } action && ActionOf(action) is { } next && MatchOf(route.Match) is { } match
        ? new Route { Name = route.Name, Match = match, Route_ = next }
        : null;

    private static RouteMatch? MatchOf(RouteMatch match)
    {
        var next = new RouteMatch { CaseSensitive = match.CaseSensitive, Headers = { match.Headers } };
        switch (match.PathSpecifierCase)
        {
            case RouteMatch.PathSpecifierOneofCase.Prefix:
                next.Prefix = match.Prefix;
                return next;
            case RouteMatch.PathSpecifierOneofCase.Path:
                next.Path = match.Path;
                return next;
            case RouteMatch.PathSpecifierOneofCase.SafeRegex:
                next.SafeRegex = match.SafeRegex;
                return next;
            default:
                return null;
        }
    }

    private static RouteAction? ActionOf(RouteAction action) => action.ClusterSpecifierCase switch
    {
        RouteAction.ClusterSpecifierOneofCase.Cluster => new RouteAction { Cluster = action.Cluster },
        RouteAction.ClusterSpecifierOneofCase.WeightedClusters => Weighted(action.WeightedClusters),
        _ => null,
    };

    private static RouteAction? Weighted(WeightedCluster shares)
    {
        var weights = shares.Clusters.Where(share => share.Weight > 0).Select(share => new WeightedCluster.Types.ClusterWeight { Name = share.Name, Weight = share.Weight }).ToList();
        var sum = (uint)weights.Sum(share => share.Weight!.Value);
        // Older clients divide by the total and take it for 100 when it is not said.
        return sum == 0 ? null : new RouteAction { WeightedClusters = new WeightedCluster { Clusters = { weights }, TotalWeight = sum } };
    }
}
