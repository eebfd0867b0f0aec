using System.Globalization;
using Envoy.Config.Core.V3;
using Envoy.Config.Route.V3;
using Google.Protobuf.WellKnownTypes;
using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>What the shares of a route that go to nobody were meant for: kept in the route's metadata, for people who ask. A route without such shares has none.</summary>
internal static class MissingBackends
{
    private const string Name = "kxds.missing";

    /// <summary>The metadata of a path's route; null when nothing is missing.</summary>
    public static Metadata? Of(IngressPath path, BackendPorts ports)
    {
        var missing = new Struct();
        foreach (var (i, split) in path.Splits.Index().Where(entry => ports.Of(path, entry.Item).IsMissing))
        {
            missing.Fields[KeyOf(i)] = Value.ForString($"{split.Service}:{split.Port}");
        }

        return missing.Fields.Count == 0 ? null : new Metadata { FilterMetadata = { [Name] = missing } };
    }

    /// <summary>What a share of a route was meant for, <c>namespace/service:port</c>; null when that is there.</summary>
    public static string? Find(Route route, int share) =>
        route.Metadata?.FilterMetadata is { } all && all.TryGetValue(Name, out var missing) && missing.Fields.TryGetValue(KeyOf(share), out var found) ? found.StringValue : null;

    private static string KeyOf(int share) => share.ToString(CultureInfo.InvariantCulture);
}
