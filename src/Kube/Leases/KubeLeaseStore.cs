using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Kube.Leases;

/// <summary>A coordination.k8s.io/v1 Lease.</summary>
internal sealed class KubeLeaseStore(KubeClient client, ObjectKey key) : ILeaseStore
{
    public Task<V1Lease?> ReadAsync(CancellationToken cancellationToken) => client.FindAsync<V1Lease>(key, cancellationToken);

    public Task<V1Lease> CreateAsync(V1LeaseSpec spec, CancellationToken cancellationToken) =>
        client.CreateAsync(new V1Lease { Metadata = new V1ObjectMeta { NamespaceProperty = key.Namespace, Name = key.Name }, Spec = spec }, cancellationToken);

    public Task<V1Lease> ReplaceAsync(V1Lease lease, CancellationToken cancellationToken) => client.ReplaceAsync(lease, cancellationToken);
}
