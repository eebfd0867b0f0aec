using System.Globalization;
using Knative.Xds.Activation.Revisions;
using Prometheus;

namespace Knative.Xds.Activation;

/// <summary>Every instrument of the activator.</summary>
/// <remarks>Source of the names: knative/serving pkg/activator/handler/metrics.go.</remarks>
internal sealed class ActivatorMetrics
{
    private static readonly string[] RevisionLabels = ["k8s_namespace_name", "kn_service_name", "kn_configuration_name", "kn_revision_name"];
    private readonly Gauge _concurrency;
    private readonly Gauge _queued;
    private readonly Gauge _active;
    private readonly Histogram _duration;

    public ActivatorMetrics(IMetricFactory factory)
    {
        _concurrency = factory.CreateGauge("kn_revision_request_concurrency", "Mean of the requests in flight in the last second, per revision.", RevisionLabels);
        _queued = factory.CreateGauge("kn_revision_request_queued", "Requests that wait for a pod, per revision.", RevisionLabels);
        _active = factory.CreateGauge("kn_revision_request_active", "Requests that pods work on, per revision.", RevisionLabels);
        _duration = factory.CreateHistogram("http_server_request_duration_seconds", "Time from arrival to the end of the response.", [.. RevisionLabels, "http_response_status_code"],
            new HistogramConfiguration { Buckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] });
        LinkReachable = factory.CreateGauge("kn_activator_stats_conn_reachable", "Whether reports reach the autoscaler.", ["peer"]).WithLabels("autoscaler");
        LinkErrors = factory.CreateCounter("kn_activator_stats_conn_errors_total", "Reports to the autoscaler that were lost and connections to it that failed.", ["peer"]).WithLabels("autoscaler");
    }

    public Gauge.Child LinkReachable { get; }

    public Counter.Child LinkErrors { get; }

    public void ObserveConcurrency(Revision revision, double value) => _concurrency.WithLabels(Of(revision)).Set(value);

    public void ObserveRequests(Revision revision, int waiting, int inFlight)
    {
        _queued.WithLabels(Of(revision)).Set(waiting);
        _active.WithLabels(Of(revision)).Set(inFlight);
    }

    public void ObserveRequest(Revision revision, int status, TimeSpan duration) =>
        _duration.WithLabels([.. Of(revision), status.ToString(CultureInfo.InvariantCulture)]).Observe(duration.TotalSeconds);

    /// <summary>Drops the gauges of a revision that is gone.</summary>
    public void Forget(Revision revision)
    {
        _concurrency.RemoveLabelled(Of(revision));
        _queued.RemoveLabelled(Of(revision));
        _active.RemoveLabelled(Of(revision));
    }

    private static string[] Of(Revision revision) => [revision.Key.Namespace, revision.Service, revision.Configuration, revision.Key.Name];
}
