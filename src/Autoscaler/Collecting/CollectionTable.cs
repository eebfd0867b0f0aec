using System.Collections.Concurrent;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Stats;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Collections of all revisions, one per Metric.</summary>
/// <remarks>Threading: safe. Source: knative/serving pkg/autoscaler/metrics/collector.go.</remarks>
internal sealed class CollectionTable(TimeProvider time)
{
    private readonly ConcurrentDictionary<ObjectKey, Collection> _collections = new();

    /// <summary>All collections at this moment, in no order.</summary>
    public IEnumerable<KeyValuePair<ObjectKey, Collection>> All => _collections;

    public Collection? Find(ObjectKey key) => _collections.GetValueOrDefault(key);

    /// <summary>Begins or adjusts the collection of a Metric; the algorithm is chosen once. The answer is why the last scrape failed.</summary>
    public ScrapeProblem? CreateOrUpdate(ObjectKey key, MetricSpec spec, WindowAlgorithm algorithm)
    {
        var (stable, panic) = (Nanoseconds(spec.StableWindow), Nanoseconds(spec.PanicWindow));
        if (_collections.TryGetValue(key, out var collection))
        {
            collection.Update(stable, panic, spec.ScrapeTarget, time.GetUtcNow());
            return collection.Problem;
        }

        _collections.TryAdd(key, new Collection(algorithm, stable, panic, spec.ScrapeTarget));
        return null;
    }

    public void Delete(ObjectKey key) => _collections.TryRemove(key, out _);

    /// <summary>Adds a stat; one for a revision that nobody collects for is dropped.</summary>
    public void Record(ObjectKey key, DateTimeOffset at, in Stat stat)
    {
        if (_collections.TryGetValue(key, out var collection))
        {
            collection.Record(at, stat);
        }
    }

    public MetricAverages? Averages(ObjectKey key, ScalingMetric metric) =>
        _collections.TryGetValue(key, out var collection) ? collection.Averages(metric, time.GetUtcNow()) : null;

    // A Metric that someone wrote by hand must not stop the others: windows are at least one bucket, and no longer than a day.
    private static TimeSpan Nanoseconds(long value) =>
        TimeSpan.FromTicks(Math.Clamp(value / TimeSpan.NanosecondsPerTick, TimeSpan.TicksPerSecond, TimeSpan.TicksPerDay));
}
