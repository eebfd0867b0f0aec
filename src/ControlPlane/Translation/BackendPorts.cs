using System.Collections.Immutable;
using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>The service ports that the splits of an ingress name.</summary>
internal sealed class BackendPorts
{
    private readonly ImmutableDictionary<(ObjectKey Service, ServicePortRef Port), BackendPort> _bySplit;

    private BackendPorts(ImmutableDictionary<(ObjectKey, ServicePortRef), BackendPort> bySplit, ImmutableArray<Problem> problems)
    {
        _bySplit = bySplit;
        Problems = problems;
    }

    /// <summary>Services and ports that do not exist.</summary>
    public ImmutableArray<Problem> Problems { get; }

    /// <summary>Each port once, sorted by cluster name.</summary>
    public ImmutableArray<BackendPort> All => [.. _bySplit.Values.DistinctBy(port => port.ClusterName).OrderBy(port => port.ClusterName, StringComparer.Ordinal)];

    /// <summary>The port of a split; only when there are no <see cref="Problems"/>.</summary>
    public BackendPort this[IngressSplit split] => _bySplit[(split.Service, split.Port)];

    public static BackendPorts Resolve(Ingress ingress, IBackendLookup lookup)
    {
        var found = ImmutableDictionary.CreateBuilder<(ObjectKey, ServicePortRef), BackendPort>();
        var problems = ImmutableArray.CreateBuilder<Problem>();
        foreach (var (field, split) in IngressFields.Splits(ingress))
        {
            var service = lookup.FindService(split.Service);
            if (service is null)
            {
                problems.Add(new(ingress.Key, $"{field}.serviceName", "ServiceNotFound", $"{field}.serviceName: there is no Service {split.Service}."));
            }
            else if (PortOf(service, split.Port) is { } port)
            {
                found[(split.Service, split.Port)] = new BackendPort(service, port);
            }
            else
            {
                problems.Add(new(ingress.Key, $"{field}.servicePort", "ServicePortNotFound", $"{field}.servicePort: Service {split.Service} has no port {split.Port}."));
            }
        }

        return new BackendPorts(found.ToImmutable(), problems.ToImmutable());
    }

    private static BackendServicePort? PortOf(BackendService service, ServicePortRef wanted) =>
        service.Ports.FirstOrDefault(port => wanted.Name is null ? port.Port == wanted.Number : port.Name == wanted.Name)
        // A Service of type ExternalName needs no ports: they are those of another host.
        ?? (service.ExternalName is not null && wanted.Number > 0 ? new BackendServicePort("", wanted.Number, wanted, null) : null);
}
