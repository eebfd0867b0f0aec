using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>The endpoints of every port that some ingress uses, encoded; computed again only for the Services that changed.</summary>
internal sealed class EndpointTable(IClusterView view)
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
            (entry.Port, entry.Assignment) = (backend, Compute(backend));
        }

        return entry.Assignment;
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
            entry.Assignment = Compute(entry.Port);
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

    private EncodedResource Compute(BackendPort backend) =>
        _prepared.TryGetValue(backend.ClusterName, out var prepared) && prepared.Port == backend ? prepared.Assignment : Preparation.Assignment(backend, view);

    private sealed class Entry(BackendPort port)
    {
        public BackendPort Port { get; set; } = port;
        public EncodedResource? Assignment { get; set; }
        public int Users { get; set; }
    }
}
