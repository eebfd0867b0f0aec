using System.Collections.Concurrent;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Reporting;

/// <summary>The newest verdict on each ingress: the owner loop's, and what a prober has to add to it later.</summary>
/// <remarks>Threading: safe. The prober's word comes by a thread of its own: whether the verdict that it is about is still the newest, and its going to the next, are one step.</remarks>
internal sealed class OfferedVerdicts
{
    private readonly ConcurrentDictionary<ObjectKey, IngressVerdict> _newest = new();
    private readonly Lock _lock = new();

    /// <summary>A verdict as it may be told, now and when there is more to say (<see cref="Probing.GatewayProber.Weigh"/>).</summary>
    public delegate IngressVerdict Weighing(ObjectKey ingress, IngressVerdict verdict, Action<IngressVerdict> again);

    /// <summary>The newest verdict, as it may be told; null when there is none.</summary>
    public IngressVerdict? Find(ObjectKey ingress) => _newest.GetValueOrDefault(ingress);

    /// <summary>Takes the newest verdict on an ingress.</summary>
    /// <param name="ingress">The ingress.</param>
    /// <param name="verdict">The verdict.</param>
    /// <param name="weigh">Says what of it may be told.</param>
    /// <param name="told">Takes what may be told, now and later.</param>
    public void Offer(ObjectKey ingress, IngressVerdict verdict, Weighing weigh, Action<ObjectKey, IngressVerdict> told)
    {
        lock (_lock)
        {
            Set(ingress, verdict, weigh, told);
        }
    }

    /// <summary>Forgets an ingress: what is said of it later comes too late.</summary>
    public void Forget(ObjectKey ingress)
    {
        lock (_lock)
        {
            _newest.TryRemove(ingress, out _);
        }
    }

    private void Set(ObjectKey ingress, IngressVerdict verdict, Weighing weigh, Action<ObjectKey, IngressVerdict> told)
    {
        var weighed = weigh(ingress, verdict, about =>
        {
            lock (_lock)
            {
                // Something newer may have been said meanwhile.
                if (ReferenceEquals(Find(ingress), about))
                {
                    Set(ingress, verdict, weigh, told);
                }
            }
        });
        _newest[ingress] = weighed;
        told(ingress, weighed);
    }
}
