using System.Collections.Concurrent;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Autoscaler.Measuring;

/// <summary>Measures how long revisions take from the decision to leave zero to their first ready pod.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class ColdStarts(AutoscalerMetrics metrics, TimeProvider time)
{
    private readonly ConcurrentDictionary<ObjectKey, long> _begun = new();

    /// <summary>A revision without pods was decided to need some.</summary>
    public void Begin(ObjectKey key) => _begun.TryAdd(key, time.GetTimestamp());

    /// <summary>A revision has ready pods.</summary>
    public void Reached(ObjectKey key)
    {
        if (_begun.TryRemove(key, out var since))
        {
            metrics.ColdStarted(time.GetElapsedTime(since));
        }
    }

    /// <summary>A revision is wanted no longer.</summary>
    public void Forget(ObjectKey key) => _begun.TryRemove(key, out _);
}
