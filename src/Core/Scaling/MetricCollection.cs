using Knative.Xds.Core.Stats;

namespace Knative.Xds.Core.Scaling;

/// <summary>What was collected for one revision: concurrency and requests per second, each over the stable and the panic window.</summary>
/// <remarks>Threading: one owner. Source: knative/serving pkg/autoscaler/metrics/collector.go.</remarks>
public sealed class MetricCollection
{
    private static readonly GoDuration Granularity = GoDuration.FromSeconds(1);

    private readonly BucketWindow _stableConcurrency;
    private readonly BucketWindow _panicConcurrency;
    private readonly BucketWindow _stableRequests;
    private readonly BucketWindow _panicRequests;
    private bool _scraped;

    /// <summary>Makes an empty collection. The algorithm stays for its life.</summary>
    public MetricCollection(WindowAlgorithm algorithm, GoDuration stableWindow, GoDuration panicWindow, bool scraped)
    {
        _stableConcurrency = new BucketWindow(algorithm, stableWindow, Granularity);
        _panicConcurrency = new BucketWindow(algorithm, panicWindow, Granularity);
        _stableRequests = new BucketWindow(algorithm, stableWindow, Granularity);
        _panicRequests = new BucketWindow(algorithm, panicWindow, Granularity);
        _scraped = scraped;
    }

    /// <summary>When anything was last recorded; null before the first.</summary>
    public DateTimeOffset? LastWrite => _stableConcurrency.LastWrite;

    /// <summary>Adjusts windows; <paramref name="scraped"/> tells whether pods are scraped, so that silence is a lack of data rather than of requests.</summary>
    public void Update(GoDuration stableWindow, GoDuration panicWindow, bool scraped, DateTimeOffset now)
    {
        _scraped = scraped;
        _stableConcurrency.Resize(stableWindow, now);
        _panicConcurrency.Resize(panicWindow, now);
        _stableRequests.Resize(stableWindow, now);
        _panicRequests.Resize(panicWindow, now);
    }

    /// <summary>Adds what was pushed or scraped. What came through an activator is left out, as the activator reports it.</summary>
    public void Record(DateTimeOffset time, in Stat stat)
    {
        _stableConcurrency.Record(time, stat.OwnConcurrency);
        _panicConcurrency.Record(time, stat.OwnConcurrency);
        _stableRequests.Record(time, stat.OwnRequestCount);
        _panicRequests.Record(time, stat.OwnRequestCount);
    }

    /// <summary>Averages of a metric; null when there is no data.</summary>
    public MetricAverages? Averages(ScalingMetric metric, DateTimeOffset now)
    {
        var (stable, panic) = metric == ScalingMetric.Rps ? (_stableRequests, _panicRequests) : (_stableConcurrency, _panicConcurrency);
        if (stable.IsEmpty(now))
        {
            return _scraped ? null : default(MetricAverages);
        }

        return new MetricAverages(stable.Average(now), panic.Average(now));
    }
}
