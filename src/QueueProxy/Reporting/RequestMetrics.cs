using System.Collections.Concurrent;
using System.Globalization;
using Knative.Xds.Core.Admission;

namespace Knative.Xds.QueueProxy.Reporting;

/// <summary>Every metric of the proxy, under upstream's names.</summary>
/// <remarks>Source: knative/serving pkg/queue/request_metric.go and sharedmain/otel.go.</remarks>
internal sealed class RequestMetrics(QueueOptions options, Breaker? breaker)
{
    private const string Requests = "http_server_request_duration_seconds";
    private const string Invocations = "kn_serving_invocation_duration_seconds";
    private const string QueueDepth = "kn_serving_queue_depth";

    // Clients choose methods and tags freely; beyond this many series a request counts as "other".
    private const int MaxSeries = 500;
    private static readonly RequestKey Other = new("_OTHER", 0, "kn:undefined");

    private readonly ConcurrentDictionary<RequestKey, Histogram> _requests = new();
    private readonly ConcurrentDictionary<int, Histogram> _invocations = new();

    public void ObserveRequest(string method, int status, string routeTag, double seconds)
    {
        var key = new RequestKey(method, status, routeTag);
        if (!_requests.TryGetValue(key, out var histogram))
            histogram = _requests.GetOrAdd(_requests.Count < MaxSeries ? key : Other, static _ => new Histogram());
        histogram.Observe(seconds);
    }

    public void ObserveInvocation(int status, double seconds) =>
        _invocations.GetOrAdd(status, static _ => new Histogram()).Observe(seconds);

    public string Render()
    {
        var text = new PrometheusText();
        text.Header("target_info", "gauge", "What reports these metrics.");
        text.Sample("target_info", Resource(), 1);
        text.Header(Requests, "histogram", "Time from a request's arrival to the end of its response.");
        foreach (var (key, histogram) in _requests)
            text.Histogram(Requests, key.Labels, histogram);
        text.Header(Invocations, "histogram", "Time that the user container took.");
        foreach (var (status, histogram) in _invocations)
            text.Histogram(Invocations, PrometheusText.Label("http_response_status_code", status.ToString(CultureInfo.InvariantCulture)), histogram);
        if (breaker is not null)
        {
            text.Header(QueueDepth, "gauge", "Requests inside: running in the user container or waiting for it.");
            text.Sample(QueueDepth, "", breaker.InFlight);
        }

        return text.ToString();
    }

    private string Resource()
    {
        string[] names = [options.Service, options.Configuration, options.Revision, options.Pod];
        (string Name, string Value)[] labels =
        [
            ("service_name", Array.Find(names, name => name.Length > 0) ?? ""),
            ("service_instance_id", options.Pod),
            ("k8s_pod_name", options.Pod),
            ("k8s_namespace_name", options.Namespace),
            ("k8s_container_name", "queue-proxy"),
            ("kn_service_name", options.Service),
            ("kn_configuration_name", options.Configuration),
            ("kn_revision_name", options.Revision),
        ];
        return string.Join(',', labels.Where(label => label.Value.Length > 0).Select(label => PrometheusText.Label(label.Name, label.Value)));
    }
}
