using System.Collections.Immutable;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>An ingress's claims of its hosts in all fleets.</summary>
internal static class FleetClaims
{
    /// <summary>Claims an ingress's hosts in the fleets that serve it, and gives them up in those that do not serve it any more. In those that it leaves it claims what no other does.</summary>
    /// <param name="ingress">The ingress.</param>
    /// <param name="before">The fleets that served it.</param>
    /// <param name="after">The ingress as it is now; null when it has gone.</param>
    /// <param name="left">The fleets that it leaves.</param>
    /// <returns>The other ingresses that won or lost a host by it.</returns>
    public static HashSet<ObjectKey> Set(ObjectKey ingress, ImmutableArray<Fleet> before, IngressEntry? after, ImmutableArray<Fleet> left)
    {
        var others = new HashSet<ObjectKey>();
        var claims = after?.ByHost.Select(resource => resource.Claim).ToArray() ?? [];
        var serving = after?.Fleets ?? [];
        foreach (var fleet in serving)
        {
            others.UnionWith(fleet.Claims.Set(ingress, after!.CreatedAt, claims));
        }

        foreach (var fleet in left)
        {
            others.UnionWith(fleet.Claims.Set(ingress, after!.CreatedAt, claims, yields: true));
        }

        foreach (var fleet in before.Except(serving).Except(left))
        {
            others.UnionWith(fleet.Claims.Withdraw(ingress));
        }

        return others;
    }
}
