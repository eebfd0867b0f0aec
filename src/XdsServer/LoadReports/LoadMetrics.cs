using Prometheus;

namespace Knative.Xds.XdsServer.LoadReports;

/// <summary>The metrics of what gateways report.</summary>
internal sealed class LoadMetrics(IMetricFactory metrics)
{
    private static readonly string[] Labels = ["namespace", "revision", "port", "target"];
    private readonly Counter _finished = metrics.CreateCounter("kxds_revision_requests_total", "Requests that gateways have finished, by revision and by who carried them.", [.. Labels, "result"]);
    private readonly Counter _issued = metrics.CreateCounter("kxds_revision_requests_issued_total", "Requests that gateways have sent on.", Labels);
    private readonly Gauge _inProgress = metrics.CreateGauge("kxds_revision_requests_in_progress", "Requests that gateways wait for.", Labels);
    private readonly Gauge _streams = metrics.CreateGauge("kxds_load_report_streams", "Open streams of load reports.");
    private readonly Counter _reports = metrics.CreateCounter("kxds_load_reports_total", "Load reports received.");
    private readonly Counter _unknown = metrics.CreateCounter("kxds_load_reports_unknown_clusters_total", "Clusters in load reports that are not served, or not any more: they are not counted.");

    public IDisposable StreamOpened() => _streams.TrackInProgress();

    public void Reported() => _reports.Inc();

    public void Unknown() => _unknown.Inc();

    public void Add(string[] labels, ulong successes, ulong errors, ulong issued)
    {
        _finished.WithLabels([.. labels, "success"]).Inc(successes);
        _finished.WithLabels([.. labels, "error"]).Inc(errors);
        _issued.WithLabels(labels).Inc(issued);
    }

    public void InProgress(string[] labels, long requests) => _inProgress.WithLabels(labels).Set(requests);

    public void Remove(string[] labels)
    {
        _finished.RemoveLabelled([.. labels, "success"]);
        _finished.RemoveLabelled([.. labels, "error"]);
        _issued.RemoveLabelled(labels);
        _inProgress.RemoveLabelled(labels);
    }
}
