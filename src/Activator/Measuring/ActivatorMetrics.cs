using Knative.Xds.Activation.Revisions;
using Knative.Xds.Hosting;
using Prometheus;

namespace Knative.Xds.Activation.Measuring;

/// <summary>Every instrument of the activator.</summary>
/// <remarks>Source of the names: knative/serving pkg/activator/metrics.go, pkg/activator/handler/metrics.go, and, for the older ones, its branch release-1.18.</remarks>
internal sealed class ActivatorMetrics
{
    private const string Scope = "knative.dev/serving/pkg/activator";
    private const string HttpScope = "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp";
    internal static readonly string[] RevisionLabels = ["k8s_namespace_name", "kn_service_name", "kn_configuration_name", "kn_revision_name"];
    private static readonly string[] ShortLabels = ["k8s_namespace_name", "kn_revision_name"];
    private static readonly string[] RequestLabels = [.. RevisionLabels, "http_request_method", "http_response_status_code", "network_protocol_version", "url_scheme"];
    private static readonly string[] OldLabels = ["namespace_name", "service_name", "configuration_name", "revision_name", "pod_name", "container_name"];
    private static readonly string[] OldRequestLabels = [.. OldLabels, "response_code", "response_code_class"];
    private static readonly double[] Seconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    private static readonly double[] Bytes = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];
    private static readonly double[] OldMilliseconds = [5, 10, 20, 40, 60, 80, 100, 150, 200, 250, 300, 350, 400, 450, 500, 600, 700, 800, 900, 1000, 2000, 5000, 10000, 20000, 50000, 100000];
    private static readonly string[] RefusalNames = ["queue_full", "requests", "connections", "headers_too_large", "headers_timeout", "bad_request", "unknown_revision", "header_budget", "transfers", "protocol"];
    private readonly Counter.Child[] _refused;
    private readonly Counter _logLinesDropped;
    private readonly Gauge _configurationRefused;
    private readonly Gauge _held;

    public ActivatorMetrics(IMetricFactory factory, ActivatorOptions options)
    {
        PodName = options.PodName;
        factory.PublishTarget(RequestChildren.Container, options.PodName, options.SystemNamespace);
        var (own, http) = (factory.InScope(Scope), factory.InScope(HttpScope));
        Concurrency = own.CreateGauge("kn_revision_request_concurrency", "Mean of the requests in flight in the last second, per revision.", RevisionLabels);
        Queued = own.CreateGauge("kn_revision_request_queued", "Requests that wait for a pod, per revision.", ShortLabels);
        Active = own.CreateGauge("kn_revision_request_active", "Requests that pods work on, per revision.", ShortLabels);
        Duration = http.CreateHistogram("http_server_request_duration_seconds", "Time from arrival to the end of the response.", RequestLabels, new HistogramConfiguration { Buckets = Seconds });
        RequestSize = http.CreateHistogram("http_server_request_body_size_bytes", "Size of request bodies.", RequestLabels, new HistogramConfiguration { Buckets = Bytes });
        ResponseSize = http.CreateHistogram("http_server_response_body_size_bytes", "Size of response bodies.", RequestLabels, new HistogramConfiguration { Buckets = Bytes });
        if (options.OldMetricNames)
        {
            OldConcurrency = factory.CreateGauge("activator_request_concurrency", "Mean of the requests in flight in the last second, per revision.", OldLabels);
            OldCount = factory.CreateCounter("activator_request_count", "Requests that were answered.", OldRequestLabels);
            OldLatencies = factory.CreateHistogram("activator_request_latencies", "Time from arrival to the end of the response, in milliseconds.", OldRequestLabels, new HistogramConfiguration { Buckets = OldMilliseconds });
        }

        LinkReachable = own.CreateGauge("kn_activator_stats_conn_reachable", "Whether reports reach the autoscaler.", ["peer"]).WithLabels("autoscaler");
        LinkErrors = own.CreateCounter("kn_activator_stats_conn_errors_total", "Reports to the autoscaler that were lost and connections to it that failed.", ["peer"]).WithLabels("autoscaler");
        var refused = factory.CreateCounter("kxds_activator_refused_total", "Clients turned away.", ["reason"]);
        _refused = [.. RefusalNames.Select(name => refused.WithLabels(name))];
        _logLinesDropped = factory.CreateCounter("kxds_activator_log_lines_dropped_total", "Lines that the request log left out as nobody read it.");
        _held = factory.CreateGauge("kxds_activator_held_bytes", "What requests inside hold of the budgets for it.", ["kind"]);
        _configurationRefused = factory.CreateGauge("kxds_configuration_refused", "1 while a ConfigMap as it is now is not in effect: the last good one is.", ["configmap"]);
    }

    public string PodName { get; }

    public Gauge Concurrency { get; }

    public Gauge Queued { get; }

    public Gauge Active { get; }

    public Histogram Duration { get; }

    public Histogram RequestSize { get; }

    public Histogram ResponseSize { get; }

    /// <summary>Null, like the next two, where the names of before Knative 1.19 are left out.</summary>
    public Gauge? OldConcurrency { get; }

    public Counter? OldCount { get; }

    public Histogram? OldLatencies { get; }

    public Gauge.Child LinkReachable { get; }

    public Counter.Child LinkErrors { get; }

    public RevisionSeries SeriesOf(Revision revision) => new(this, revision);

    public void Refused(Refusal reason) => _refused[(int)reason].Inc();

    public void Holds(string kind, long bytes) => _held.WithLabels(kind).Set(bytes);

    public void LogLineDropped() => _logLinesDropped.Inc();

    public void ConfigurationRefused(string configMap, bool refused) => _configurationRefused.WithLabels(configMap).Set(refused ? 1 : 0);
}
