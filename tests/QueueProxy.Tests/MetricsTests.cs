using System.Net;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Testing;

namespace Knative.Xds.QueueProxy.Tests;

public sealed class MetricsTests
{
    private const string Scope = "otel_scope_name=\"knative.dev/serving/pkg/queue\"";

    [Fact]
    public async Task Metrics_AfterRequests_HaveTheNamesOfBothGenerations()
    {
        await using var proxy = await Proxy.StartAsync(
            context =>
            {
                context.Response.StatusCode = context.Request.Method == "PUT" ? 404 : 200;
                return Task.CompletedTask;
            },
            options => options with { ContainerConcurrency = 5, Service = "hello", Configuration = "hello-config" });
        await SendAsync(proxy, HttpMethod.Get, ("Knative-Serving-Tag", "blue"));
        await SendAsync(proxy, HttpMethod.Put);

        // The duration is observed when the response has been sent, which its reader may outrun.
        await Eventually.TrueAsync(async () => (await proxy.MetricsAsync()).Split('\n').Count(line => line.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal)) == 2, Proxy.Limit);
        var metrics = await proxy.MetricsAsync();

        const string Older = "configuration_name=\"hello-config\",container_name=\"queue-proxy\",namespace_name=\"default\",pod_name=\"hello-00001-abc\",revision_name=\"hello-00001\",service_name=\"hello\"";
        string[] expected =
        [
            "target_info{service_name=\"hello\",service_instance_id=\"hello-00001-abc\",k8s_pod_name=\"hello-00001-abc\",k8s_namespace_name=\"default\",k8s_container_name=\"queue-proxy\",kn_service_name=\"hello\",kn_configuration_name=\"hello-config\",kn_revision_name=\"hello-00001\"} 1",
            $"http_server_request_duration_seconds_count{{http_request_method=\"GET\",http_response_status_code=\"200\",kn_route_tag=\"blue\",network_protocol_name=\"http\",network_protocol_version=\"1.1\",{Scope},url_scheme=\"http\"}} 1",
            $"http_server_request_duration_seconds_bucket{{http_request_method=\"PUT\",http_response_status_code=\"404\",kn_route_tag=\"kn:disabled\",network_protocol_name=\"http\",network_protocol_version=\"1.1\",{Scope},url_scheme=\"http\",le=\"0.005\"}} 1",
            $"kn_serving_invocation_duration_seconds_count{{http_response_status_code=\"404\",{Scope}}} 1",
            $"kn_serving_queue_depth{{{Scope}}} 0",
            $"revision_request_count{{{Older},response_code=\"200\",response_code_class=\"2xx\",route_tag=\"blue\"}} 1",
            $"revision_request_latencies_count{{{Older},response_code=\"404\",response_code_class=\"4xx\",route_tag=\"DISABLED\"}} 1",
            $"revision_request_latencies_bucket{{{Older},response_code=\"404\",response_code_class=\"4xx\",route_tag=\"DISABLED\",le=\"100000\"}} 1",
            $"revision_app_request_count{{{Older},response_code=\"404\",response_code_class=\"4xx\"}} 1",
            $"revision_queue_depth{{{Older}}} 0",
            "kxds_queue_refused_total{reason=\"queue_full\"} 0",
        ];
        Assert.All(expected, line => Assert.Contains(line + "\n", metrics, StringComparison.Ordinal));
        Assert.Contains("http_client_request_duration_seconds_count{http_request_method=\"GET\",http_response_status_code=\"200\"", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_TagsThatClientsMakeUp_AreOneBeyondALimit_AndStatusesKeepTheirSeries()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask);

        await Parallel.ForEachAsync(Enumerable.Range(0, 600), Proxy.Token, async (tag, _) => await SendAsync(proxy, HttpMethod.Get, ("Knative-Serving-Tag", $"t{tag}")));

        await Eventually.TrueAsync(async () => Counts(await proxy.MetricsAsync()).Sum() == 600, Proxy.Limit);
        Assert.Equal(51, Counts(await proxy.MetricsAsync()).Count());

        static IEnumerable<int> Counts(string metrics) => metrics.Split('\n')
            .Where(line => line.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal))
            .Select(line => int.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Metrics_NotAskedFor_HaveNoPort()
    {
        await using var proxy = await Proxy.StartAsync(userPort: 1, options => options with { Observability = new ObservabilityConfig() });

        Assert.Null(proxy.App.MetricsEndPoint);
        Assert.Null(proxy.App.ProfilingEndPoint);
    }

    [Fact]
    public async Task Profiling_AskedFor_ShowsTheRuntimesState()
    {
        await using var proxy = await Proxy.StartAsync(userPort: 1, options => options with { Observability = new ObservabilityConfig { RuntimeProfiling = true } });
        using var client = Proxy.ClientOf(proxy.App.ProfilingEndPoint!);

        var text = await client.GetStringAsync(new Uri("/debug/pprof/", UriKind.Relative), Proxy.Token);

        Assert.Contains("heap_bytes ", text, StringComparison.Ordinal);
        using var other = await client.GetAsync(new Uri("/metrics", UriKind.Relative), Proxy.Token);
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    private static async Task SendAsync(Proxy proxy, HttpMethod method, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, "/");
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        using var response = await proxy.Client.SendAsync(request, Proxy.Token);
    }
}
