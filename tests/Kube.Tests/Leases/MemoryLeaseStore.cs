using System.Globalization;
using k8s.Models;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Leases;

namespace Knative.Xds.Kube.Tests.Leases;

/// <summary>A lease in memory with optimistic concurrency; may be cut off, as by a broken network.</summary>
internal sealed class MemoryLeaseStore : ILeaseStore
{
    private readonly Lock _lock = new();
    private V1LeaseSpec? _spec;
    private int _version;

    public bool CutOff { get; set; }

    public V1LeaseSpec? Spec
    {
        get
        {
            lock (_lock)
            {
                return _spec;
            }
        }
    }

    public Task<V1Lease?> ReadAsync(CancellationToken cancellationToken)
    {
        Check();
        lock (_lock)
        {
            return Task.FromResult(_spec is null ? null : Lease());
        }
    }

    public Task<V1Lease> CreateAsync(V1LeaseSpec spec, CancellationToken cancellationToken) => WriteAsync(spec, "0");

    public Task<V1Lease> ReplaceAsync(V1Lease lease, CancellationToken cancellationToken) => WriteAsync(lease.Spec, lease.Metadata.ResourceVersion);

    private Task<V1Lease> WriteAsync(V1LeaseSpec spec, string version)
    {
        Check();
        lock (_lock)
        {
            if (version != _version.ToString(CultureInfo.InvariantCulture))
            {
                throw new KubeException(409, null, "conflict");
            }

            (_spec, _version) = (spec, _version + 1);
            return Task.FromResult(Lease()!);
        }
    }

    private V1Lease? Lease() => new() { Metadata = new V1ObjectMeta { ResourceVersion = _version.ToString(CultureInfo.InvariantCulture) }, Spec = _spec };

    private void Check()
    {
        if (CutOff)
        {
            throw new HttpRequestException("cut off");
        }
    }
}
