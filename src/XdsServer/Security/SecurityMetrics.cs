using Prometheus;

namespace Knative.Xds.XdsServer.Security;

/// <summary>The metrics of who may connect.</summary>
internal sealed class SecurityMetrics(IMetricFactory metrics)
{
    private readonly Counter _refused = metrics.CreateCounter("kxds_xds_streams_refused_total", "Streams that were refused, or ended for what their client did.", ["reason"]);
    private readonly Counter _delayed = metrics.CreateCounter("kxds_xds_streams_delayed_total", "Streams that had to wait for their turn, as many opened at once.");
    private readonly Counter _requestsDelayed = metrics.CreateCounter("kxds_xds_requests_delayed_total", "Requests that were read later, as their stream sends more than its rate.");
    private readonly Counter _loads = metrics.CreateCounter("kxds_xds_certificate_loads_total", "Times that the xDS port has taken new certificate files.");
    private readonly Gauge _problem = metrics.CreateGauge("kxds_xds_certificate_problem", "1 while the certificate files cannot be used, so that the former ones are.");
    private readonly Gauge _ends = metrics.CreateGauge("kxds_xds_certificate_expiry_timestamp_seconds", "When the xDS port's certificate ends, Unix time.");

    public void Refused(string reason) => _refused.WithLabels(reason).Inc();

    public void Delayed() => _delayed.Inc();

    public void RequestDelayed() => _requestsDelayed.Inc();

    public void CertificateLoaded() => _loads.Inc();

    public void CertificateProblem(bool open) => _problem.Set(open ? 1 : 0);

    public void CertificateEnds(DateTimeOffset at) => _ends.Set(at.ToUnixTimeSeconds());
}
