using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Core.Model;
using Prometheus;

namespace Knative.Xds.Autoscaler.Measuring;

/// <summary>Publishes how old the newest data of revisions is, of those where it is oldest: however many there are, the series stay few.</summary>
/// <remarks>Threading: runs when metrics are read, one at a time.</remarks>
internal sealed class NewestDataReport
{
    /// <value>Most revisions that are published.</value>
    internal const int Limit = 100;

    private readonly CollectionTable _collections;
    private readonly ClusterCaches _caches;
    private readonly TimeProvider _time;
    private readonly Gauge _age;
    private readonly Gauge _silent;
    private readonly Lock _lock = new();
    private HashSet<string[]> _published = [];

    public NewestDataReport(CollectionTable collections, ClusterCaches caches, TimeProvider time, IMetricFactory factory, CollectorRegistry registry)
    {
        (_collections, _caches, _time) = (collections, caches, time);
        _age = factory.CreateGauge(
            "kxds_autoscaler_newest_data_age_seconds",
            $"Age of the newest data of the up to {Limit} revisions with ready pods where it is oldest.",
            ["k8s_namespace_name", "kn_revision_name"]);
        _silent = factory.CreateGauge("kxds_autoscaler_silent_revisions", "Revisions with ready pods from which no data came for a stable window: their last decision stands.");
        registry.AddBeforeCollectCallback(Publish);
    }

    private void Publish()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            var (oldest, silent) = (new PriorityQueue<ObjectKey, double>(), 0);
            foreach (var (key, collection) in _collections.All)
            {
                if (collection.LastWrite is { } last && _caches.PodsByRevision.Of(key).Counts.Ready > 0)
                {
                    var age = Math.Max(0, (now - last).TotalSeconds);
                    silent += age > collection.StableWindow.Seconds ? 1 : 0;
                    Add(oldest, key, age);
                }
            }

            _silent.Set(silent);
            Publish(oldest);
        }
    }

    private static void Add(PriorityQueue<ObjectKey, double> oldest, ObjectKey key, double age)
    {
        if (oldest.Count < Limit)
        {
            oldest.Enqueue(key, age);
        }
        else
        {
            oldest.EnqueueDequeue(key, age);
        }
    }

    private void Publish(PriorityQueue<ObjectKey, double> oldest)
    {
        var before = _published;
        _published = new HashSet<string[]>(LabelComparer.Instance);
        foreach (var (key, age) in oldest.UnorderedItems)
        {
            string[] labels = [key.Namespace, key.Name];
            _age.WithLabels(labels).Set(age);
            _published.Add(labels);
        }

        foreach (var gone in before.Where(labels => !_published.Contains(labels)))
        {
            _age.RemoveLabelled(gone);
        }
    }

    private sealed class LabelComparer : IEqualityComparer<string[]>
    {
        public static readonly LabelComparer Instance = new();

        public bool Equals(string[]? x, string[]? y) => x is not null && y is not null && x.AsSpan().SequenceEqual(y);

        public int GetHashCode(string[] obj) => HashCode.Combine(obj[0], obj[1]);
    }
}
