using System.Collections.Concurrent;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Collections of all revisions, one per Metric.</summary>
/// <param name="createScraper">Makes the scraper of a revision for a scrape target; null where nothing is scraped.</param>
/// <remarks>Threading: safe. Source: knative/serving pkg/autoscaler/metrics/collector.go.</remarks>
internal sealed class CollectionTable(Func<ObjectKey, string, RevisionScraper?> createScraper)
{
    private readonly ConcurrentDictionary<ObjectKey, Collection> _collections = new();

    /// <summary>All collections at this moment, in no order.</summary>
    public IEnumerable<KeyValuePair<ObjectKey, Collection>> All => _collections;

    public Collection? Find(ObjectKey key) => _collections.GetValueOrDefault(key);

    /// <summary>Begins or adjusts the collection of a Metric. The answer is why the last scrape failed.</summary>
    public ScrapeProblem? CreateOrUpdate(ObjectKey key, CollectionSpec spec, DateTimeOffset now)
    {
        var scraper = createScraper(key, spec.ScrapeTarget);
        if (_collections.TryGetValue(key, out var collection))
        {
            return collection.Update(spec, scraper, now);
        }

        _collections.TryAdd(key, new Collection(spec, scraper));
        return null;
    }

    public void Delete(ObjectKey key) => _collections.TryRemove(key, out _);

    /// <summary>Adds a stat; one for a revision that nobody collects for is dropped, and the answer is false.</summary>
    public bool Record(ObjectKey key, DateTimeOffset at, in Stat stat)
    {
        var collection = Find(key);
        collection?.Record(at, stat);
        return collection is not null;
    }

    /// <summary>Averages of a metric, or why there are none.</summary>
    public (MetricAverages? Averages, NoMetric Reason) Averages(ObjectKey key, ScalingMetric metric, DateTimeOffset now)
    {
        if (Find(key) is not { } collection)
        {
            return (null, NoMetric.NotCollecting);
        }

        var averages = collection.Averages(metric, now);
        return (averages, averages is null ? NoMetric.NoData : NoMetric.None);
    }
}
