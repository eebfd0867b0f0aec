using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Reporting;

/// <summary>What all fleets together say about an ingress.</summary>
internal static class FleetVerdict
{
    /// <summary>Refused when any fleet refuses it, taken when all have taken it.</summary>
    public static (GatewayState State, string Message) Of(ObjectKey ingress, ImmutableArray<Fleet> fleets)
    {
        var state = GatewayState.Taken;
        foreach (var fleet in fleets)
        {
            var (one, message) = fleet.Ledger.Judge(fleet.Owners.OwnedBy(ingress).Select(fleet.Store.Find).OfType<EncodedResource>());
            if (one == GatewayState.Refused)
            {
                return (one, fleets.Length == 1 ? message : $"Fleet {fleet.Name}: {message}");
            }

            state = one == GatewayState.Waiting ? one : state;
        }

        return (state, "");
    }
}
