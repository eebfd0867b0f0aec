using System.Globalization;
using Knative.Xds.Core.Admission;
using Knative.Xds.Limits;
using Knative.Xds.QueueProxy.Handling;
using Knative.Xds.RequestLogging;

namespace Knative.Xds.QueueProxy.Reporting;

/// <summary>Every metric of the proxy as Prometheus text, under the names of upstream's both generations.</summary>
/// <remarks>Source: knative/serving pkg/queue/request_metric.go at main and at release 1.10, pkg/queue/sharedmain/otel.go.</remarks>
internal sealed class MetricsPage(QueueOptions options, RequestMetrics metrics, Breaker? breaker, ByteBudget headers, TransferBudget transfers, RequestLog? log, RefusalCounter refusals)
{
    private static readonly (string, string) Scope = ("otel_scope_name", "knative.dev/serving/pkg/queue");

    public string Render()
    {
        var text = new PrometheusText();
        text.Header("target_info", "gauge", "What reports these metrics.");
        text.Sample("target_info", PrometheusText.Labels(ResourceAttributes.Of(options).Select(attribute => (attribute.Name.Replace('.', '_'), attribute.Value))), 1);
        WriteRequests(text);
        WriteInvocations(text);
        WriteQueueDepth(text);
        WriteOlder(text);
        text.Header("kxds_queue_refused_total", "counter", "Clients turned away, by reason.");
        foreach (var (reason, count) in refusals.Read())
            text.Sample("kxds_queue_refused_total", PrometheusText.Labels([("reason", reason)]), count);
        text.Header("kxds_queue_header_bytes", "gauge", "Bytes of the headers of all requests inside.");
        text.Sample("kxds_queue_header_bytes", "", headers.Held);
        text.Header("kxds_queue_transfer_bytes", "gauge", "Bytes on their way to clients that do not take them.");
        text.Sample("kxds_queue_transfer_bytes", "", transfers.Held);
        text.Header("kxds_queue_log_lines_dropped_total", "counter", "Lines that the request log left out as nobody read it.");
        text.Sample("kxds_queue_log_lines_dropped_total", "", log?.Dropped ?? 0);
        return text.ToString();
    }

    private void WriteRequests(PrometheusText text)
    {
        const string Name = "http_server_request_duration_seconds";
        text.Header(Name, "histogram", "Duration of HTTP server requests.");
        foreach (var (key, series) in metrics.Requests)
        {
            var labels = PrometheusText.Labels(
            [
                ("http_request_method", key.Method),
                ("http_response_status_code", Number(key.Status)),
                ("kn_route_tag", key.RouteTag),
                ("network_protocol_name", "http"),
                ("network_protocol_version", key.IsHttp2 ? "2" : "1.1"),
                Scope,
                ("url_scheme", key.IsHttps ? "https" : "http"),
            ]);
            text.Histogram(Name, labels, Seconds(series));
        }
    }

    private void WriteInvocations(PrometheusText text)
    {
        const string Name = "kn_serving_invocation_duration_seconds";
        text.Header(Name, "histogram", "The duration of task execution.");
        foreach (var status in metrics.Invocations.GroupBy(entry => entry.Key.Status))
            text.Histogram(Name, PrometheusText.Labels([("http_response_status_code", Number(status.Key)), Scope]), Seconds(status.Select(entry => entry.Value).ToArray()));
        const string Client = "http_client_request_duration_seconds";
        text.Header(Client, "histogram", "Duration of HTTP client requests.");
        foreach (var ((method, status), series) in metrics.Invocations)
        {
            var labels = PrometheusText.Labels(
            [
                ("http_request_method", method),
                ("http_response_status_code", Number(status)),
                Scope,
                ("server_address", options.UserHost),
                ("server_port", Number(options.UserPort)),
                ("url_scheme", "http"),
            ]);
            text.Histogram(Client, labels, Seconds(series));
        }
    }

    private void WriteQueueDepth(PrometheusText text)
    {
        if (breaker is null)
            return;
        text.Header("kn_serving_queue_depth", "gauge", "Number of current items in the queue proxy queue.");
        text.Sample("kn_serving_queue_depth", PrometheusText.Labels([Scope]), breaker.InFlight);
        text.Header("revision_queue_depth", "gauge", "The current number of items in the serving and waiting queue.");
        text.Sample("revision_queue_depth", PrometheusText.Labels(OlderLabels()), breaker.InFlight);
    }

    private void WriteOlder(PrometheusText text)
    {
        var requests = metrics.Requests.GroupBy(entry => (entry.Key.Status, entry.Key.RouteTag)).Select(group => (
            Labels: PrometheusText.Labels(OlderLabels(group.Key.Status, [("route_tag", RouteTag.Older(group.Key.RouteTag))])),
            Counts: Milliseconds(group.Select(entry => entry.Value))));
        WriteOlder(text, "revision_request", "routed to queue-proxy", requests.ToList());
        var invocations = metrics.Invocations.GroupBy(entry => entry.Key.Status).Select(group => (
            Labels: PrometheusText.Labels(OlderLabels(group.Key)), Counts: Milliseconds(group.Select(entry => entry.Value))));
        WriteOlder(text, "revision_app_request", "routed to user-container", invocations.ToList());
    }

    private static void WriteOlder(PrometheusText text, string name, string what, List<(string Labels, BucketCounts Counts)> series)
    {
        text.Header($"{name}_count", "counter", $"The number of requests that are {what}.");
        foreach (var (labels, counts) in series)
            text.Sample($"{name}_count", labels, counts.Total);
        text.Header($"{name}_latencies", "histogram", $"The response time in millisecond of requests {what}.");
        foreach (var (labels, counts) in series)
            text.Histogram($"{name}_latencies", labels, counts);
    }

    private IEnumerable<(string Name, string Value)> OlderLabels(int status, params (string Name, string Value)[] more) =>
        [.. OlderLabels(), ("response_code", Number(status)), ("response_code_class", $"{Number(status / 100)}xx"), .. more];

    private IEnumerable<(string Name, string Value)> OlderLabels() =>
    [
        ("configuration_name", options.Configuration),
        ("container_name", ResourceAttributes.Container),
        ("namespace_name", options.Namespace),
        ("pod_name", options.Pod),
        ("revision_name", options.Revision),
        ("service_name", options.Service),
    ];

    private static BucketCounts Seconds(params DurationSeries[] series)
    {
        var counts = new BucketCounts(DurationSeries.SecondsBounds);
        foreach (var one in series)
            one.AddSecondsTo(counts);
        return counts;
    }

    private static BucketCounts Milliseconds(IEnumerable<DurationSeries> series)
    {
        var counts = new BucketCounts(DurationSeries.MillisecondsBounds);
        foreach (var one in series)
            one.AddMillisecondsTo(counts);
        return counts;
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
