using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Hosting;
using Prometheus;

namespace Knative.Xds.Autoscaler.Measuring;

/// <summary>Metrics of the autoscaler itself. What upstream has too is named as its Prometheus export names it.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class AutoscalerMetrics
{
    /// <value>Scope of what upstream has too.</value>
    public const string Scope = "knative.dev/serving/pkg/autoscaler";
    private const string Service = "autoscaler";
    private static readonly double[] SecondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    private static readonly double[] OldMillisecondsBuckets = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000, 100000];
    private static readonly double[] ColdStartBuckets = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 20, 30, 60, 120];

    private readonly Counter _stats;
    private readonly Counter _throttled;
    private readonly Counter _skippedFrames;
    private readonly Counter _refusedConnections;
    private readonly Counter _scrapeFailures;
    private readonly Counter _scrapesSkipped;
    private readonly Counter _clockSteps;
    private readonly Histogram _scrapeSeconds;
    private readonly Histogram? _oldScrapeMilliseconds;
    private readonly Histogram _coldStart;
    private readonly Histogram _latency;
    private readonly Gauge _configValid;
    private readonly Gauge _invalidAnnotations;

    public AutoscalerMetrics(IMetricFactory factory, AutoscalerOptions options)
    {
        factory.PublishTarget(Service, options.PodName, options.SystemNamespace);
        _stats = factory.CreateCounter("kxds_autoscaler_stats_received_total", "Stats that were pushed, by what became of them.", ["outcome"]);
        _throttled = factory.CreateCounter("kxds_autoscaler_stats_throttled_total", "Pauses of connections whose source pushed more stats than any activator does.");
        _skippedFrames = factory.CreateCounter("kxds_autoscaler_frames_skipped_total", "Frames of stats that could not be taken, by why: text, undecodable, too_many, too_big (which ends the connection).", ["reason"]);
        _refusedConnections = factory.CreateCounter("kxds_autoscaler_connections_refused_total", "Connections for stats that were refused as their source had too many.");
        _scrapeFailures = factory.CreateCounter("kxds_autoscaler_scrape_failures_total", "Scrapes of a revision that gave no stat, by reason in its Metric.", ["reason"]);
        _scrapesSkipped = factory.CreateCounter("kxds_autoscaler_scrapes_skipped_total", "Scrapes of revisions that failed or were slow the last time, which were left out as too many of them were under way.");
        _clockSteps = factory.CreateCounter("kxds_autoscaler_clock_steps_total", "Times that the clock was found to have been set back.");
        _scrapeSeconds = factory.InScope(Scope).CreateHistogram("kn_autoscaler_scrape_duration_seconds", "Duration of scraping a revision.", Buckets(SecondsBuckets));
        _oldScrapeMilliseconds = options.OldMetricNames
            ? factory.CreateHistogram("autoscaler_scrape_time", "Duration of scraping a revision, in milliseconds.", Buckets(OldMillisecondsBuckets))
            : null;
        _coldStart = factory.CreateHistogram("kxds_autoscaler_cold_start_seconds", "From the decision to leave zero to the first ready pod.", Buckets(ColdStartBuckets));
        _latency = factory.CreateHistogram(
            "kxds_autoscaler_decision_latency_seconds",
            "By trigger: stat, from the decision that the stat of a first request led to until the scale was accepted; tick, from when a tick was due to the last decision of it.",
            ["trigger"],
            Buckets(SecondsBuckets));
        _configValid = factory.CreateGauge("kxds_autoscaler_config_valid", "1 while the settings in force are those of the ConfigMap, 0 while it is refused.", ["config_map"]);
        _invalidAnnotations = factory.CreateGauge("kxds_autoscaler_invalid_revisions", "Revisions with scaling annotations that admission would refuse.");
    }

    public void StatReceived(StatOutcome outcome, int count = 1)
    {
        if (count > 0)
        {
            _stats.WithLabels(Name(outcome)).Inc(count);
        }
    }

    public void Throttled() => _throttled.Inc();

    public void FrameSkipped(string reason) => _skippedFrames.WithLabels(reason).Inc();

    public void ConnectionRefused() => _refusedConnections.Inc();

    public void ScrapeSkipped() => _scrapesSkipped.Inc();

    public void ClockStepped() => _clockSteps.Inc();

    public void Scraped(TimeSpan duration, ScrapeProblem? problem)
    {
        _scrapeSeconds.Observe(duration.TotalSeconds);
        _oldScrapeMilliseconds?.Observe(duration.TotalMilliseconds);
        if (problem is not null)
        {
            _scrapeFailures.WithLabels(problem.Reason).Inc();
        }
    }

    public void ColdStarted(TimeSpan duration) => _coldStart.Observe(duration.TotalSeconds);

    /// <summary>A revision that had no pods got its scale.</summary>
    public void WokeUp(TimeSpan latency) => _latency.WithLabels("stat").Observe(latency.TotalSeconds);

    /// <summary>All revisions were decided.</summary>
    public void Ticked(TimeSpan lateness) => _latency.WithLabels("tick").Observe(lateness.TotalSeconds);

    public void ConfigRead(string configMap, bool valid) => _configValid.WithLabels(configMap).Set(valid ? 1 : 0);

    public void InvalidAnnotations(int revisions) => _invalidAnnotations.Set(revisions);

    private static HistogramConfiguration Buckets(double[] buckets) => new() { Buckets = buckets };

    private static string Name(StatOutcome outcome) => outcome switch
    {
        StatOutcome.Recorded => "recorded",
        StatOutcome.Restamped => "restamped",
        StatOutcome.Unknown => "unknown",
        StatOutcome.LongName => "long_name",
        _ => "implausible",
    };
}
