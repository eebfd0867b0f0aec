using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>Whether an ingress has to wait for endpoints: those of a Service come by a watch of their own, which may be behind that of the ingress.</summary>
/// <remarks>An ingress that sends traffic to a Service it did not use before stays as it was until the Service has an endpoint, and is not ready before; and one of which a Service
/// is gone stays as it was, as that may be there again in a moment. Whoever has no endpoints for good is waited for once for each generation, who is gone once each time, and both
/// for a limited time: so that in the end what is served does not depend on what was before.</remarks>
internal static class EndpointWaits
{
    /// <summary>What an ingress becomes: the next entry, or the one before with what it waits for.</summary>
    /// <param name="next">The ingress as it is to be.</param>
    /// <param name="before">The ingress as it is; null when it is new.</param>
    /// <param name="view">Knows the endpoints.</param>
    public static IngressEntry Apply(IngressEntry next, IngressEntry? before, IClusterView view)
    {
        var hasWaited = before is { HasWaited: true } && before.Generation == next.Generation;
        var gone = before?.Ingress is null ? [] : next.Missing.Except(before.Missing).ToImmutableArray();
        if (hasWaited && !gone.Except(before!.Awaited).Any())
        {
            return next with { HasWaited = true };
        }

        // What was not there was not used.
        var used = before is null ? [] : UsedBy(before.Ingress).Except(before.Awaited).Except(before.Missing);
        ImmutableArray<ObjectKey> awaited = [.. gone.Union(hasWaited ? [] : Awaited(next, used, view)).Order()];
        return awaited.IsEmpty || before?.Ingress is null ? next with { Awaited = awaited } : Held(next, before, awaited);
    }

    /// <summary>Services that get a share of the traffic.</summary>
    private static ImmutableHashSet<ObjectKey> UsedBy(Ingress? ingress) => ingress is null
        ? []
        : [.. ingress.Rules.SelectMany(rule => rule.Paths).SelectMany(path => path.Splits.Where(path.GivesTo)).Select(split => split.Service)];

    private static ImmutableArray<ObjectKey> Awaited(IngressEntry next, ImmutableHashSet<ObjectKey> used, IClusterView view)
    {
        var added = UsedBy(next.Ingress).Except(used);
        return [.. next.Backends.Where(backend => added.Contains(backend.Service.Key) && !HasEndpoints(backend, view)).Select(backend => backend.Service.Key).Distinct().Order()];
    }

    private static bool HasEndpoints(BackendPort backend, IClusterView view) =>
        EndpointTranslator.Translate(view.Endpoints(backend)).Endpoints.Any(locality => locality.LbEndpoints.Count > 0);

    private static IngressEntry Held(IngressEntry next, IngressEntry before, ImmutableArray<ObjectKey> awaited) => before with
    {
        Generation = next.Generation,
        CreatedAt = next.CreatedAt,
        Fleets = next.Fleets,
        Problems = next.Problems,
        Services = [.. next.Services.Union(before.Services)],
        Secrets = [.. next.Secrets.Union(before.Secrets)],
        Awaited = awaited,
        HasWaited = false,
    };
}
