using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Streams;

namespace Knative.Xds.XdsServer.Reporting;

/// <summary>What the connected gateways of one fleet have taken and refused.</summary>
/// <remarks>Scopes, routes and endpoints are waited for. Routes are sent behind their clusters, so that their ACK speaks for those too, while
/// Envoy may hold the ACK of a cluster back for the sake of another; but Envoy uses a new cluster only when it has endpoints of it, and may take routes before. Any version of
/// those will do: they change all the time, and no verdict changes with them. For each version it counts the gateways that hold it, so that a verdict
/// costs the same for one gateway and for a thousand. A gateway that owes an answer for too long does not count until it gives it; what it holds is still in use. Not thread-safe: the
/// owner loop's.</remarks>
internal sealed class GatewayLedger
{
    // Stands for all versions of endpoints.
    private const string AnyVersion = "*";
    private readonly HashSet<long> _gateways = [];
    // Streams that have not asked for scopes: what they hold counts when they do.
    private readonly Dictionary<long, Dictionary<ResourceId, string>> _others = [];
    private readonly VersionTally _taken = new();
    private readonly Refusals _refused = new();
    private readonly SilentGateways _silent = new();

    /// <summary>Takes each version of a resource that the last gateway has given up.</summary>
    public Action<ResourceId, string> Gone { get; set; } = (_, _) => { };

    /// <summary>Gateways that take routes, and answer.</summary>
    public int Count => _gateways.Count - _silent.Count;

    /// <summary>Gateways that owe an answer for too long.</summary>
    public int SilentCount => _silent.Count;

    /// <summary>Whether an ingress waits for resources of a type.</summary>
    public static bool IsAwaited(ResourceType type) => type is ResourceType.ClusterLoadAssignment or ResourceType.ScopedRouteConfiguration or ResourceType.RouteConfiguration;

    /// <summary>The version that is counted of what a gateway holds; empty: it holds none.</summary>
    public static string CountedVersion(ResourceType type, string version) => type == ResourceType.ClusterLoadAssignment && version.Length > 0 ? AnyVersion : version;

    /// <summary>Notes what a stream reports.</summary>
    /// <returns>The resources that it is about; null when it may be about all.</returns>
    public IEnumerable<ResourceId>? Apply(StreamEvent happened) => happened switch
    {
        StreamEvent.Opened => Open(happened.Stream),
        StreamEvent.Closed closed => Close(closed),
        StreamEvent.Subscribed subscribed => Subscribe(subscribed),
        StreamEvent.Acked acked => Take(acked),
        StreamEvent.Nacked nacked => Refuse(nacked),
        StreamEvent.Silent silent => Miss(silent),
        _ => [],
    };

    /// <summary>Gateways that hold this version of a cluster, a listener, a scope or of routes, as <see cref="CountedVersion"/> says.</summary>
    public int CountOf(ResourceId id, string version) => _taken.Of(id, version);

    /// <summary>What the gateways say about a set of resources at their current versions.</summary>
    public (GatewayState State, string Message) Judge(IEnumerable<EncodedResource> resources)
    {
        var state = Count > 0 ? GatewayState.Taken : GatewayState.Waiting;
        foreach (var resource in resources)
        {
            var taken = HasAll(resource);
            if (!taken && RefusalOf(resource) is { } refusal)
            {
                return (GatewayState.Refused, refusal);
            }

            state = taken || !IsAwaited(resource.Type) ? state : GatewayState.Waiting;
        }

        return (state, "");
    }

    /// <summary>Forgets that a resource is refused: there is none any more.</summary>
    public void Pardon(ResourceId id) => _refused.Remove(id);

    private static bool IsCounted(ResourceType type) => IsAwaited(type) || type is ResourceType.Cluster or ResourceType.Listener;

    private bool HasAll(EncodedResource resource)
    {
        var id = new ResourceId(resource.Type, resource.Name);
        var version = CountedVersion(id.Type, resource.Version);
        return Count > 0 && (IsAwaited(id.Type) ? CountOf(id, version) - _silent.CountOf(id, version) == Count : CountOf(id, version) == _gateways.Count);
    }

    private string? RefusalOf(EncodedResource resource) => _refused.Find(new(resource.Type, resource.Name), resource.Version, stream => !_silent.Contains(stream));

    private List<ResourceId> Open(long stream)
    {
        _others[stream] = [];
        return [];
    }

    private List<ResourceId>? Close(StreamEvent.Closed closed)
    {
        var refused = _refused.Remove(closed.Stream);
        _others.Remove(closed.Stream);
        _silent.Remove(closed.Stream);
        if (!_gateways.Remove(closed.Stream))
        {
            return refused;
        }

        foreach (var (id, version) in closed.Held.Where(held => IsCounted(held.Id.Type)))
        {
            Tally(id, before: version, after: "");
        }

        return null;
    }

    private List<ResourceId>? Subscribe(StreamEvent.Subscribed subscribed)
    {
        if (subscribed.Type != ResourceType.ScopedRouteConfiguration || !_others.Remove(subscribed.Stream, out var held))
        {
            return [];
        }

        _gateways.Add(subscribed.Stream);
        foreach (var (id, version) in held)
        {
            Tally(id, before: "", after: version);
        }

        return null;
    }

    private List<ResourceId>? Miss(StreamEvent.Silent silent)
    {
        if (!_gateways.Contains(silent.Stream))
        {
            return [];
        }

        _silent.Add(silent.Stream, silent.Type, silent.Held);
        return null;
    }

    private List<ResourceId>? Take(StreamEvent.Acked acked)
    {
        var concerned = new List<ResourceId>(acked.Resources.Length);
        foreach (var resource in acked.Resources)
        {
            var id = new ResourceId(acked.Type, resource.Name);
            var own = OwnIdOf(acked.Type, resource);
            var wasRefused = _refused.Remove(own, acked.Stream);
            if (IsCounted(acked.Type))
            {
                Take(acked.Stream, id, resource);
            }

            if (wasRefused || !IsOneMoreVersion(acked.Type, resource))
            {
                concerned.Add(own);
            }
        }

        return acked.IsAnswer && _silent.Answer(acked.Stream, acked.Type) ? null : concerned;
    }

    /// <summary>Whether it is held as it was before, for all that is counted: many ingresses may use endpoints that change.</summary>
    private static bool IsOneMoreVersion(ResourceType type, AckedResource resource) =>
        type == ResourceType.ClusterLoadAssignment && resource.Before.Length > 0 && resource.Version.Length > 0;

    private void Take(long stream, ResourceId id, AckedResource resource)
    {
        if (_gateways.Contains(stream))
        {
            _silent.Take(stream, id, resource.Version);
            Tally(id, resource.Before, resource.Version);
        }
        else if (_others.TryGetValue(stream, out var held))
        {
            held[id] = resource.Version;
        }
    }

    private List<ResourceId>? Refuse(StreamEvent.Nacked nacked)
    {
        // Of several, the one at fault is offered again alone.
        if (nacked.Resources is [var alone] && alone.Version.Length > 0)
        {
            _refused.Add(OwnIdOf(nacked.Type, alone), nacked.Stream, alone.StandsFor?.Version ?? alone.Version, nacked.Message);
        }

        return _silent.Answer(nacked.Stream, nacked.Type) ? null : IdsOf(nacked.Type, nacked.Resources);
    }

    private void Tally(ResourceId id, string before, string after)
    {
        (before, after) = (CountedVersion(id.Type, before), CountedVersion(id.Type, after));
        _taken.Move(id, before, after);
        if (before.Length > 0 && _taken.Of(id, before) == 0)
        {
            Gone(id, before);
        }
    }

    private static List<ResourceId> IdsOf(ResourceType type, IEnumerable<AckedResource> resources) => [.. resources.Select(resource => OwnIdOf(type, resource))];

    /// <summary>By its own name an ingress owns a certificate, by whatever name a gateway asked for it.</summary>
    private static ResourceId OwnIdOf(ResourceType type, AckedResource resource) => new(type, resource.StandsFor?.Name ?? resource.Name);
}
