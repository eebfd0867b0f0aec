using System.Collections.Immutable;
using Envoy.Config.Route.V3;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>A cluster with its share of a route's requests.</summary>
/// <param name="Cluster">Its name.</param>
/// <param name="Weight">Its share; 0 gets nothing.</param>
/// <param name="Edits">Changes to headers.</param>
internal sealed record GatewayTarget(string Cluster, long Weight, HeaderEdits Edits)
{
    public static ImmutableArray<GatewayTarget> AllOf(string route, RouteAction action)
    {
        ImmutableArray<GatewayTarget> targets = action.WeightedClusters is { } weighted
            ? [.. weighted.Clusters.Select(share => new GatewayTarget(share.Name, share.Weight ?? 0, HeaderEdits.Of(share.RequestHeadersToRemove, share.RequestHeadersToAdd)))]
            : [new GatewayTarget(action.Cluster, 1, HeaderEdits.Of([], []))];
        return targets.Sum(target => target.Weight) > 0 ? targets : throw new InvalidDataException($"route {route}: the sum of weights is 0");
    }
}
