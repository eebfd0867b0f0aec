using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Streams;

namespace Knative.Xds.XdsServer.Reporting;

/// <summary>What every connected gateway has taken and refused.</summary>
/// <remarks>Only scopes and routes are waited for: routes are sent behind their clusters, so that their ACK speaks for those too, while
/// Envoy may hold the ACK of a cluster back for the sake of another. Not thread-safe: the owner loop's.</remarks>
internal sealed class GatewayLedger
{
    private readonly Dictionary<long, Gateway> _gateways = [];

    /// <summary>Gateways that take routes.</summary>
    public int Count => _gateways.Values.Count(gateway => gateway.TakesRoutes);

    /// <summary>Notes what a stream reports.</summary>
    /// <returns>The resources that it is about; null when it may be about all.</returns>
    public IEnumerable<ResourceId>? Apply(StreamEvent happened)
    {
        switch (happened)
        {
            case StreamEvent.Opened:
                _gateways[happened.Stream] = new();
                return [];
            case StreamEvent.Closed:
                return _gateways.Remove(happened.Stream, out var closed) && closed.TakesRoutes ? null : [];
            case StreamEvent.Subscribed subscribed:
                return Subscribe(subscribed);
            case StreamEvent.Acked acked:
                return Note(acked.Stream, acked.Type, acked.Resources, null);
            case StreamEvent.Nacked nacked:
                return Note(nacked.Stream, nacked.Type, nacked.Resources, nacked.Message);
            default:
                return [];
        }
    }

    /// <summary>What the gateways say about a set of resources at their current versions.</summary>
    public (GatewayState State, string Message) Judge(IEnumerable<EncodedResource> resources)
    {
        var relevant = resources.ToList();
        var gateways = _gateways.Values.Where(gateway => gateway.TakesRoutes).ToList();
        var refusal = gateways.SelectMany(gateway => relevant.Select(gateway.RefusalOf)).FirstOrDefault(message => message is not null);
        if (refusal is not null)
        {
            return (GatewayState.Refused, refusal);
        }

        var taken = gateways.Count > 0 && gateways.TrueForAll(gateway => relevant.TrueForAll(gateway.Has));
        return (taken ? GatewayState.Taken : GatewayState.Waiting, "");
    }

    private List<ResourceId>? Subscribe(StreamEvent.Subscribed subscribed)
    {
        if (subscribed.Type != ResourceType.ScopedRouteConfiguration || !_gateways.TryGetValue(subscribed.Stream, out var gateway))
        {
            return [];
        }

        gateway.TakesRoutes = true;
        return null;
    }

    private List<ResourceId> Note(long stream, ResourceType type, IReadOnlyCollection<AckedResource> resources, string? refusal)
    {
        if (_gateways.TryGetValue(stream, out var gateway))
        {
            gateway.Note(type, resources, refusal);
        }

        return [.. resources.Select(resource => new ResourceId(type, resource.Name))];
    }

    private sealed class Gateway
    {
        private readonly Dictionary<ResourceId, string> _taken = [];
        private readonly Dictionary<ResourceId, (string Version, string Message)> _refused = [];

        public bool TakesRoutes { get; set; }

        public bool Has(EncodedResource resource) =>
            resource.Type is not (ResourceType.ScopedRouteConfiguration or ResourceType.RouteConfiguration) ||
            (_taken.TryGetValue(new(resource.Type, resource.Name), out var version) && version == resource.Version);

        public string? RefusalOf(EncodedResource resource) =>
            _refused.TryGetValue(new(resource.Type, resource.Name), out var refusal) && refusal.Version == resource.Version ? refusal.Message : null;

        public void Note(ResourceType type, IReadOnlyCollection<AckedResource> resources, string? refusal)
        {
            foreach (var resource in resources)
            {
                var id = new ResourceId(type, resource.Name);
                _refused.Remove(id);
                if (refusal is null)
                {
                    Take(id, resource.Version);
                }
                else if (resources.Count == 1)
                {
                    // Of several, the one at fault is offered again alone.
                    _refused[id] = (resource.Version, refusal);
                }
            }
        }

        private void Take(ResourceId id, string version)
        {
            if (version.Length == 0)
            {
                _taken.Remove(id);
            }
            else if (id.Type is ResourceType.ScopedRouteConfiguration or ResourceType.RouteConfiguration)
            {
                _taken[id] = version;
            }
        }
    }
}
