using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>Whether an ingress has to wait for endpoints: those of a Service come by a watch of their own, which may be behind that of the ingress.</summary>
/// <remarks>An ingress that sends traffic to a Service it did not use before stays as it was until the Service has an endpoint, and is not ready before; and one of which a Service
/// is gone stays as it was, as that may be there again in a moment. It waits for a limited time, whatever else changes about the ingress and whatever other Services join meanwhile, and
/// then is served as it is to be: so that in the end what is served does not depend on what was before.</remarks>
internal static class EndpointWaits
{
    /// <summary>What an ingress has to wait for before it is as it is to be: nothing when it has waited long enough. Sorted.</summary>
    /// <param name="next">The ingress as it is to be.</param>
    /// <param name="before">The ingress as it is; null when it is new.</param>
    /// <param name="hasEndpoints">Whether a port has any.</param>
    public static ImmutableArray<ObjectKey> Of(IngressEntry next, IngressEntry? before, Predicate<BackendPort> hasEndpoints)
    {
        if (before?.IsWaitOver == true)
        {
            return [];
        }

        // What was not there was not used.
        var used = before is null ? [] : UsedBy(before.Ingress).Except(before.Awaited).Except(before.Missing);
        var gone = before?.Ingress is null ? [] : next.Missing.Except(before.Missing);
        return [.. gone.Union(WithoutEndpoints(next, used, hasEndpoints)).Order()];
    }

    /// <summary>The ingress as it stays while it waits.</summary>
    /// <param name="next">The ingress as it is to be.</param>
    /// <param name="effect">What stays in effect.</param>
    public static IngressEntry Held(IngressEntry next, IngressEntry effect) => effect with
    {
        Generation = next.Generation,
        CreatedAt = next.CreatedAt,
        Fleets = next.Fleets,
        Wanted = next.Wanted,
        IsFormer = next.IsFormer,
        Problems = next.Problems,
        Services = [.. next.Services.Union(effect.Services)],
        Secrets = [.. next.Secrets.Union(effect.Secrets)],
    };

    /// <summary>Services that get a share of the traffic.</summary>
    private static ImmutableHashSet<ObjectKey> UsedBy(Ingress? ingress) => ingress is null
        ? []
        : [.. ingress.Rules.SelectMany(rule => rule.Paths).SelectMany(path => path.Splits.Where(path.GivesTo)).Select(split => split.Service)];

    private static IEnumerable<ObjectKey> WithoutEndpoints(IngressEntry next, ImmutableHashSet<ObjectKey> used, Predicate<BackendPort> hasEndpoints)
    {
        var added = UsedBy(next.Ingress).Except(used);
        return next.Backends.Where(backend => added.Contains(backend.Service.Key) && !hasEndpoints(backend)).Select(backend => backend.Service.Key).Distinct();
    }
}
