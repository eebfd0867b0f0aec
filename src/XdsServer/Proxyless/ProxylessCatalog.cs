using System.Collections.Immutable;
using System.Net;
using Knative.Xds.ControlPlane.Proxyless;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Streams;

namespace Knative.Xds.XdsServer.Proxyless;

/// <summary>The resources of the hosts that connected gRPC clients of one fleet have asked for, and of no other.</summary>
/// <remarks>Read from what the fleet's gateways have, once for all clients, and again only when that changes. Threading: safe.</remarks>
internal sealed class ProxylessCatalog
{
    private const int LogCapacity = 1024;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, WantedHost> _hosts = new(StringComparer.Ordinal);
    private readonly Dictionary<ResourceId, HashSet<string>> _bySource = [];
    private readonly ResourceStore _store = new(LogCapacity);
    private readonly ResourceOwners _owners;
    private readonly StreamRegistry _gateways;
    private readonly Func<ImmutableArray<IPEndPoint>> _addresses;
    private readonly Action<string, Exception> _onFault;
    private ImmutableArray<IPEndPoint> _known = [];
    private ResourceSnapshot? _seen;

    /// <summary>A catalog without hosts.</summary>
    /// <param name="gateways">What the fleet's gateways have.</param>
    /// <param name="addresses">The addresses of their local listener now.</param>
    /// <param name="onFault">Takes what the translation of a host throws: a fault of ours, that must not stop the others.</param>
    public ProxylessCatalog(StreamRegistry gateways, Func<ImmutableArray<IPEndPoint>> addresses, Action<string, Exception> onFault)
    {
        (_gateways, _addresses, _onFault) = (gateways, addresses, onFault);
        _owners = new ResourceOwners(_store);
        Streams.Publish(_store.Current);
    }

    /// <summary>The clients' streams.</summary>
    public StreamRegistry Streams { get; } = new();

    /// <summary>Hosts that are asked for.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _hosts.Count;
            }
        }
    }

    /// <summary>One client more wants these names, one less those.</summary>
    public void Change(IReadOnlyCollection<string> gained, IReadOnlyCollection<string> lost)
    {
        lock (_lock)
        {
            CatchUp();
            foreach (var name in gained)
            {
                Gain(name);
            }

            foreach (var name in lost)
            {
                Lose(name);
            }

            Publish();
        }
    }

    /// <summary>Takes up what has changed for the gateways.</summary>
    public void Refresh()
    {
        lock (_lock)
        {
            CatchUp();
            Publish();
        }
    }

    private void CatchUp()
    {
        var (now, addresses) = (_gateways.Snapshot, _addresses());
        if (now is null)
        {
            return;
        }

        // The order of addresses means nothing.
        var moved = !addresses.Order(EndPointOrder.Instance).SequenceEqual(_known);
        HashSet<string> changed = moved || _seen is null ? [.. _hosts.Keys] : Changed(_seen, now);
        (_seen, _known) = (now, [.. addresses.Order(EndPointOrder.Instance)]);
        foreach (var name in changed)
        {
            Read(name);
        }
    }

    private HashSet<string> Changed(ResourceSnapshot before, ResourceSnapshot now)
    {
        var changed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var type in _hosts.Count == 0 ? [] : ResourceTypes.All)
        {
            if (!now[type].TryChangedSince(before[type].Sequence, out var names))
            {
                return [.. _hosts.Keys];
            }

            foreach (var name in names)
            {
                changed.UnionWith(_bySource.GetValueOrDefault(new(type, name)) ?? []);
            }
        }

        return changed;
    }

    private void Gain(string name)
    {
        if (!_hosts.TryGetValue(name, out var host))
        {
            _hosts[name] = host = new WantedHost();
            Read(name);
        }

        host.Clients++;
    }

    private void Lose(string name)
    {
        if (_hosts.TryGetValue(name, out var host) && --host.Clients == 0)
        {
            Follow(name, host, []);
            _hosts.Remove(name);
            _owners.Release(KeyOf(name));
        }
    }

    private void Read(string name)
    {
        if (_seen is not null && Translate(name, _seen) is { } read)
        {
            Follow(name, _hosts[name], read.Sources);
            _owners.Assign(KeyOf(name), read.Resources);
        }
    }

    private ProxylessHost? Translate(string name, ResourceSnapshot gateways)
    {
        try
        {
            return ProxylessTranslator.Translate(name, gateways, _known);
        }
        catch (Exception fault)
        {
            _onFault(name, fault);
            return null;
        }
    }

    private void Follow(string name, WantedHost host, ImmutableHashSet<ResourceId> sources)
    {
        foreach (var source in host.Sources.Except(sources))
        {
            if (_bySource[source] is { } names && names.Remove(name) && names.Count == 0)
            {
                _bySource.Remove(source);
            }
        }

        foreach (var source in sources.Except(host.Sources))
        {
            if (!_bySource.TryGetValue(source, out var names))
            {
                _bySource[source] = names = new(StringComparer.Ordinal);
            }

            names.Add(name);
        }

        host.Sources = sources;
    }

    private void Publish()
    {
        if (_hosts.Count == 0)
        {
            // Nobody refreshes until somebody asks again: the gateways' resources of today are not to be kept until then.
            _seen = null;
        }

        var (before, after) = (_store.Current, _store.Publish());
        if (ResourceTypes.All.Any(type => before[type].Sequence != after[type].Sequence))
        {
            Streams.Publish(after);
        }
    }

    private static ObjectKey KeyOf(string name) => new("", name);

    private sealed class WantedHost
    {
        public int Clients { get; set; }
        public ImmutableHashSet<ResourceId> Sources { get; set; } = [];
    }

    private sealed class EndPointOrder : IComparer<IPEndPoint>
    {
        public static EndPointOrder Instance { get; } = new();

        public int Compare(IPEndPoint? x, IPEndPoint? y) => string.CompareOrdinal(x?.ToString(), y?.ToString());
    }
}
