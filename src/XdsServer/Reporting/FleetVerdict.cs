using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Replication;

namespace Knative.Xds.XdsServer.Reporting;

/// <summary>What the gateways of all fleets together say about an ingress.</summary>
internal static class FleetVerdict
{
    /// <summary>What the gateways that are connected here say: refused when any fleet refuses it, taken when all have taken it. A fleet without a gateway here says nothing.</summary>
    public static (GatewayState State, string Message) Here(ObjectKey ingress, ImmutableArray<Fleet> fleets)
    {
        var state = GatewayState.Taken;
        foreach (var fleet in fleets)
        {
            var (one, message) = Here(ingress, fleet);
            if (one == GatewayState.Refused)
            {
                return (one, fleets.Length == 1 ? message : $"Fleet {fleet.Name}: {message}");
            }

            state = one == GatewayState.Waiting ? one : state;
        }

        return (state, "");
    }

    /// <summary>What all gateways say.</summary>
    /// <param name="ingress">The ingress.</param>
    /// <param name="fleets">The fleets that serve it.</param>
    /// <param name="version">Its resourceVersion.</param>
    /// <param name="here">What <see cref="Here(ObjectKey, ImmutableArray{Fleet})"/> says.</param>
    /// <param name="others">What the other replicas say.</param>
    public static (GatewayState State, string Message) Everywhere(ObjectKey ingress, ImmutableArray<Fleet> fleets, long version, (GatewayState State, string Message) here, ImmutableArray<ReplicaState> others)
    {
        if (here.State == GatewayState.Refused)
        {
            return here;
        }

        var serving = others.Where(other => fleets.Any(fleet => other.Gateways.ContainsKey(fleet.Name))).ToList();
        var open = serving.ConvertAll(other => other.Open.GetValueOrDefault(ingress.ToString()));
        if (open.Find(words => words is { Length: > 0 }) is { } refusal)
        {
            return (GatewayState.Refused, refusal == ReplicaState.Unsaid ? "a gateway of another server refuses it: that server's log says why" : refusal);
        }

        var isTaken = here.State == GatewayState.Taken && open.TrueForAll(words => words is null) && serving.TrueForAll(other => other.Seen >= version && !other.HasMore)
            && fleets.All(fleet => fleet.Ledger.Count > 0 || serving.Exists(other => other.Gateways.ContainsKey(fleet.Name)));
        return (isTaken ? GatewayState.Taken : GatewayState.Waiting, "");
    }

    private static (GatewayState State, string Message) Here(ObjectKey ingress, Fleet fleet)
    {
        var owned = fleet.Owners.OwnedBy(ingress);
        return owned.Select(fleet.Former.RefusalOf).FirstOrDefault(words => words is not null) is { } refusal
            ? (GatewayState.Refused, refusal)
            : fleet.Ledger.Count > 0 ? fleet.Ledger.Judge(owned.Select(fleet.Store.Find).OfType<EncodedResource>()) : (GatewayState.Taken, "");
    }
}
