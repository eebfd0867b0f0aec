using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Prometheus;

namespace Knative.Xds.Autoscaler;

/// <summary>The autoscaler's metrics, named as upstream's Prometheus export names them.</summary>
/// <remarks>Source: knative/serving pkg/autoscaler/scaling/metrics.go, pkg/reconciler/autoscaling/kpa/metrics.go. Series of a revision end with it.</remarks>
internal sealed class AutoscalerMetrics(IMetricFactory factory)
{
    private static readonly string[] RevisionLabels = ["k8s_namespace_name", "kn_service_name", "kn_configuration_name", "kn_revision_name"];
    private static readonly double[] SecondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private readonly Gauge _desired = factory.CreateGauge("kn_revision_pods_desired", "Pods that the decider wants.", RevisionLabels);
    private readonly Gauge _requested = factory.CreateGauge("kn_revision_pods_requested", "Pods asked of the scale target.", RevisionLabels);
    private readonly Gauge _ready = factory.CreateGauge("kn_revision_pods_count", "Ready pods.", RevisionLabels);
    private readonly Gauge _notReady = factory.CreateGauge("kn_revision_pods_not_ready_count", "Pods that are not ready.", RevisionLabels);
    private readonly Gauge _pending = factory.CreateGauge("kn_revision_pods_pending_count", "Pending pods.", RevisionLabels);
    private readonly Gauge _terminating = factory.CreateGauge("kn_revision_pods_terminating_count", "Terminating pods.", RevisionLabels);
    private readonly Gauge _excess = factory.CreateGauge("kn_revision_capacity_excess", "Excess burst capacity.", RevisionLabels);
    private readonly Gauge _panic = factory.CreateGauge("kn_revision_panic_mode", "1 while panicking.", RevisionLabels);
    private readonly Gauge _stableConcurrency = factory.CreateGauge("kn_revision_concurrency_stable", "Average concurrency over the stable window.", RevisionLabels);
    private readonly Gauge _panicConcurrency = factory.CreateGauge("kn_revision_concurrency_panic", "Average concurrency over the panic window.", RevisionLabels);
    private readonly Gauge _targetConcurrency = factory.CreateGauge("kn_revision_concurrency_target", "Wanted concurrency per pod.", RevisionLabels);
    private readonly Gauge _stableRps = factory.CreateGauge("kn_revision_rps_stable_per_second", "Requests per second over the stable window.", RevisionLabels);
    private readonly Gauge _panicRps = factory.CreateGauge("kn_revision_rps_panic_per_second", "Requests per second over the panic window.", RevisionLabels);
    private readonly Gauge _targetRps = factory.CreateGauge("kn_revision_rps_target_per_second", "Wanted requests per second per pod.", RevisionLabels);
    private readonly Counter _scrapeFailures = factory.CreateCounter("kxds_autoscaler_scrape_failures_total", "Scrapes of a revision that gave no stat.");
    private readonly Counter _statsReceived = factory.CreateCounter("kxds_autoscaler_stats_received_total", "Stats that were pushed.");
    private readonly Histogram _scrapeSeconds = factory.CreateHistogram(
        "kn_autoscaler_scrape_duration_seconds",
        "Duration of scraping a revision.",
        new HistogramConfiguration { Buckets = SecondsBuckets });

    public void StatReceived() => _statsReceived.Inc();

    public void Scraped(TimeSpan duration, bool failed)
    {
        _scrapeSeconds.Observe(duration.TotalSeconds);
        _scrapeFailures.Inc(failed ? 1 : 0);
    }

    public void Decided(string[] revision, DeciderSpec spec, in ScaleDecision decision)
    {
        _desired.WithLabels(revision).Set(decision.Desired);
        _excess.WithLabels(revision).Set(decision.ExcessBurstCapacity);
        _panic.WithLabels(revision).Set(decision.Panicking ? 1 : 0);
        var (stable, panic, target) = spec.ScalingMetric == ScalingMetric.Rps
            ? (_stableRps, _panicRps, _targetRps)
            : (_stableConcurrency, _panicConcurrency, _targetConcurrency);
        stable.WithLabels(revision).Set(decision.Averages.Stable);
        panic.WithLabels(revision).Set(decision.Averages.Panic);
        target.WithLabels(revision).Set(spec.TargetValue);
    }

    public void Reconciled(string[] revision, in PodCounts pods, int want)
    {
        _ready.WithLabels(revision).Set(pods.Ready);
        _notReady.WithLabels(revision).Set(pods.NotReady);
        _pending.WithLabels(revision).Set(pods.Pending);
        _terminating.WithLabels(revision).Set(pods.Terminating);
        if (want >= 0)
        {
            _requested.WithLabels(revision).Set(want);
        }
    }

    public void Forget(string[] revision)
    {
        foreach (var gauge in new[]
        {
            _desired, _requested, _ready, _notReady, _pending, _terminating, _excess, _panic,
            _stableConcurrency, _panicConcurrency, _targetConcurrency, _stableRps, _panicRps, _targetRps,
        })
        {
            gauge.RemoveLabelled(revision);
        }
    }

    /// <summary>Label values of a revision.</summary>
    public static string[] LabelsOf(ObjectKey key, IDictionary<string, string>? labels) =>
    [
        key.Namespace,
        Value(labels, Core.Wire.Labels.Service),
        Value(labels, Core.Wire.Labels.Configuration),
        key.Name,
    ];

    private static string Value(IDictionary<string, string>? labels, string name) => labels?.TryGetValue(name, out var value) == true ? value : "";
}
