using k8s.Models;

namespace Knative.Xds.Kube.Leases;

/// <summary>Where a lease is kept.</summary>
internal interface ILeaseStore
{
    Task<V1Lease?> ReadAsync(CancellationToken cancellationToken);

    Task<V1Lease> CreateAsync(V1LeaseSpec spec, CancellationToken cancellationToken);

    Task<V1Lease> ReplaceAsync(V1Lease lease, CancellationToken cancellationToken);
}
