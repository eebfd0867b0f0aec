using Knative.Xds.Core.Admission;

namespace Knative.Xds.Activation.Throttling;

/// <summary>The right to send one request to one pod. Disposing it gives the slot to the next request.</summary>
internal sealed class PodLease(RevisionThrottle throttle, BreakerLease permit, PodSlots pod, bool isClusterIp) : IDisposable
{
    private bool _disposed;

    public string Address => pod.Address;

    /// <summary>Whether the address is that of the Service, which stands for its pods.</summary>
    public bool IsClusterIp => isClusterIp;

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            throttle.Release(permit, pod);
        }
    }
}
