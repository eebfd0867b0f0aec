using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>The endpoints of every port that some ingress uses, encoded; computed again only for the Services that changed.</summary>
internal sealed class EndpointTable(IClusterView view)
{
    private readonly Dictionary<ObjectKey, Dictionary<string, (BackendPort Port, EncodedResource Assignment)>> _ports = [];
    private readonly Dictionary<string, ObjectKey> _services = new(StringComparer.Ordinal);

    /// <summary>Services with ports in use.</summary>
    public IEnumerable<ObjectKey> Services => _ports.Keys;

    /// <summary>The endpoints of a port; computed on first use, and when the port itself has changed.</summary>
    public EncodedResource Of(BackendPort backend)
    {
        if (!_ports.TryGetValue(backend.Service.Key, out var ports))
        {
            _ports[backend.Service.Key] = ports = new(StringComparer.Ordinal);
        }

        if (!ports.TryGetValue(backend.ClusterName, out var known) || known.Port != backend)
        {
            ports[backend.ClusterName] = known = (backend, Compute(backend));
            _services[backend.ClusterName] = backend.Service.Key;
        }

        return known.Assignment;
    }

    /// <summary>Computes the endpoints of a Service's ports again.</summary>
    public IReadOnlyCollection<EncodedResource> Refresh(ObjectKey service)
    {
        if (!_ports.TryGetValue(service, out var ports))
        {
            return [];
        }

        foreach (var (name, (port, _)) in ports.ToList())
        {
            ports[name] = (port, Compute(port));
        }

        return [.. ports.Values.Select(entry => entry.Assignment)];
    }

    /// <summary>Forgets a port that no ingress uses any more.</summary>
    public void Forget(string clusterName)
    {
        if (_services.Remove(clusterName, out var service) && _ports.TryGetValue(service, out var ports) && ports.Remove(clusterName) && ports.Count == 0)
        {
            _ports.Remove(service);
        }
    }

    private EncodedResource Compute(BackendPort backend) => EncodedResource.Of(EndpointTranslator.Translate(view.Endpoints(backend)));
}
