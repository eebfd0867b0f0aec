using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>The endpoints of every port that some ingress uses, encoded; computed again only for the Services that changed.</summary>
/// <remarks>What is thrown on the way is a fault of ours, that must not stop the other Services: the endpoints stay as they were until something about the Service changes again.</remarks>
/// <param name="view">The cluster as it is now.</param>
/// <param name="onFault">Takes what is thrown, with the Service.</param>
internal sealed class EndpointTable(IClusterView view, Action<ObjectKey, Exception> onFault)
{
    private readonly Dictionary<ObjectKey, Dictionary<string, Entry>> _ports = [];
    private readonly Dictionary<string, (ObjectKey Service, ImmutableArray<Fleet> Fleets)> _leaving = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (BackendPort Port, EncodedResource Assignment)> _prepared = new(StringComparer.Ordinal);

    /// <summary>Services with ports in use.</summary>
    public IEnumerable<ObjectKey> Services => _ports.Keys;

    /// <summary>The endpoints of a port; computed on first use, and when the port itself has changed.</summary>
    public EncodedResource Of(BackendPort backend)
    {
        var entry = Find(backend);
        if (entry.Assignment is null || entry.Port != backend)
        {
            Compute(entry, backend);
        }

        return entry.Assignment!;
    }

    /// <summary>Whether a port has any endpoints now.</summary>
    public bool HasAny(BackendPort backend)
    {
        try
        {
            return EndpointTranslator.Translate(view.Endpoints(backend)).Endpoints.Any(locality => locality.LbEndpoints.Count > 0);
        }
        catch (Exception fault)
        {
            onFault(backend.Service.Key, fault);
            return false;
        }
    }

    /// <summary>Takes endpoints that were computed beforehand; good until <see cref="EndPreparation"/>.</summary>
    public void Prepare(IEnumerable<(BackendPort Port, EncodedResource Assignment)> endpoints)
    {
        foreach (var prepared in endpoints)
        {
            _prepared[prepared.Port.ClusterName] = prepared;
        }
    }

    /// <summary>Forgets what was computed beforehand.</summary>
    public void EndPreparation() => _prepared.Clear();

    /// <summary>Counts a user of a port.</summary>
    public void Acquire(BackendPort backend) => Find(backend).Users++;

    /// <summary>Counts a user less; a port that nobody uses is forgotten as soon as these fleets do not serve it any more.</summary>
    public void Release(BackendPort backend, IEnumerable<Fleet> fleets)
    {
        if (_ports.TryGetValue(backend.Service.Key, out var ports) && ports.TryGetValue(backend.ClusterName, out var entry) && --entry.Users == 0)
        {
            _leaving[backend.ClusterName] = (backend.Service.Key, [.. fleets]);
        }
    }

    /// <summary>Fleets that serve endpoints of a Service which no ingress uses any more: their gateways still need them.</summary>
    public IEnumerable<Fleet> StillServing(ObjectKey service) => _leaving.Values.Where(leaving => leaving.Service == service).SelectMany(leaving => leaving.Fleets);

    /// <summary>Forgets the ports that nobody uses and no fleet serves.</summary>
    public void Prune()
    {
        foreach (var (cluster, (service, fleets)) in _leaving.ToList())
        {
            var isUsed = _ports.TryGetValue(service, out var ports) && ports.TryGetValue(cluster, out var entry) && entry.Users > 0;
            if (isUsed)
            {
                _leaving.Remove(cluster);
            }
            else if (fleets.All(fleet => fleet.Store.Find(new(ResourceType.ClusterLoadAssignment, cluster)) is null))
            {
                _leaving.Remove(cluster);
                Forget(service, cluster);
            }
        }
    }

    /// <summary>Computes the endpoints of a Service's ports again.</summary>
    public IReadOnlyCollection<EncodedResource> Refresh(ObjectKey service)
    {
        if (!_ports.TryGetValue(service, out var ports))
        {
            return [];
        }

        foreach (var entry in ports.Values)
        {
            Compute(entry, entry.Port);
        }

        return [.. ports.Values.Select(entry => entry.Assignment!)];
    }

    private void Forget(ObjectKey service, string cluster)
    {
        if (_ports.TryGetValue(service, out var ports) && ports.Remove(cluster) && ports.Count == 0)
        {
            _ports.Remove(service);
        }
    }

    private Entry Find(BackendPort backend)
    {
        if (!_ports.TryGetValue(backend.Service.Key, out var ports))
        {
            _ports[backend.Service.Key] = ports = new(StringComparer.Ordinal);
        }

        if (!ports.TryGetValue(backend.ClusterName, out var entry))
        {
            ports[backend.ClusterName] = entry = new(backend);
        }

        return entry;
    }

    private void Compute(Entry entry, BackendPort backend)
    {
        entry.Port = backend;
        try
        {
            entry.Assignment = _prepared.TryGetValue(backend.ClusterName, out var prepared) && prepared.Port == backend ? prepared.Assignment : Preparation.Assignment(backend, view);
        }
        catch (Exception fault)
        {
            entry.Assignment ??= EncodedResource.Of(EndpointTranslator.Translate(new EndpointView { Backend = backend }));
            onFault(backend.Service.Key, fault);
        }
    }

    private sealed class Entry(BackendPort port)
    {
        public BackendPort Port { get; set; } = port;
        public EncodedResource? Assignment { get; set; }
        public int Users { get; set; }
    }
}
