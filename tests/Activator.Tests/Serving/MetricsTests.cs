using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Activator.Tests.Serving;

public sealed class MetricsTests
{
    private const string Names = "k8s_namespace_name=\"default\",kn_service_name=\"hello\",kn_configuration_name=\"hello\",kn_revision_name=\"hello-00001\"";
    private const string Scope = "otel_scope_name=\"knative.dev/serving/pkg/activator\"";
    private const string OldNames = "namespace_name=\"default\",service_name=\"hello\",configuration_name=\"hello\",revision_name=\"hello-00001\",pod_name=\"activator-0\",container_name=\"activator\"";
    private const string Request = Names + ",http_request_method=\"POST\",http_response_status_code=\"201\",network_protocol_version=\"1.1\",url_scheme=\"http\",otel_scope_name=\"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp\"";

    [Fact]
    public async Task Scrape_AfterARequest_HasBothGenerationsWithTheirLabels()
    {
        await using var pod = await FakePod.StartAsync(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.StatusCode = 201;
            await context.Response.WriteAsync("0123456789ab");
        });
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());
        using var response = await activator.Client.PostAsync("/", new StringContent("123"), TestContext.Current.CancellationToken);

        string[] metrics = [];
        await Eventually.TrueAsync(async () =>
        {
            metrics = (await activator.MetricsAsync()).Split('\n');
            return metrics.Any(line => line.StartsWith("kn_revision_request_concurrency{", StringComparison.Ordinal));
        });

        Assert.Contains($"http_server_request_duration_seconds_count{{{Request}}} 1", metrics);
        Assert.Contains(metrics, line => line.StartsWith($"http_server_request_duration_seconds_bucket{{{Request},le=\"0.075\"}}", StringComparison.Ordinal));
        Assert.Contains($"http_server_request_body_size_bytes_sum{{{Request}}} 3", metrics);
        Assert.Contains($"http_server_response_body_size_bytes_sum{{{Request}}} 12", metrics);
        Assert.Contains($"kn_revision_request_concurrency{{{Names},{Scope}}} 0", metrics);
        Assert.Contains($"kn_revision_request_queued{{k8s_namespace_name=\"default\",kn_revision_name=\"hello-00001\",{Scope}}} 0", metrics);
        Assert.Contains($"kn_revision_request_active{{k8s_namespace_name=\"default\",kn_revision_name=\"hello-00001\",{Scope}}} 0", metrics);
        Assert.Contains($"kn_activator_stats_conn_reachable{{peer=\"autoscaler\",{Scope}}} 1", metrics);
        Assert.Contains($"kn_activator_stats_conn_errors_total{{peer=\"autoscaler\",{Scope}}} 0", metrics);
        Assert.Contains($"activator_request_count{{{OldNames},response_code=\"201\",response_code_class=\"2xx\"}} 1", metrics);
        Assert.Contains($"activator_request_latencies_count{{{OldNames},response_code=\"201\",response_code_class=\"2xx\"}} 1", metrics);
        Assert.Contains(metrics, line => line.StartsWith($"activator_request_latencies_bucket{{{OldNames},response_code=\"201\",response_code_class=\"2xx\",le=\"100000\"}}", StringComparison.Ordinal));
        Assert.Contains($"activator_request_concurrency{{{OldNames}}} 0", metrics);
        Assert.Contains("target_info{service_name=\"activator\",service_instance_id=\"activator-0\",k8s_namespace_name=\"knative-serving\",k8s_pod_name=\"activator-0\",k8s_container_name=\"activator\"} 1", metrics);
        Assert.All(
            ["queue_full", "requests", "connections", "headers_too_large", "headers_timeout", "bad_request", "unknown_revision", "header_budget", "transfers", "protocol"],
            reason => Assert.Contains($"kxds_activator_refused_total{{reason=\"{reason}\"}} 0", metrics));
    }

    [Fact]
    public async Task Scrape_WhileRequestsWaitAndRun_ShowsThem()
    {
        var release = new TaskCompletionSource();
        await using var pod = await FakePod.StartAsync(_ => release.Task);
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision(containerConcurrency: 1);
        activator.SetPods(pod.Endpoint());
        var requests = Enumerable.Range(0, 3).Select(_ => activator.Client.GetAsync("/", TestContext.Current.CancellationToken)).ToArray();
        await Eventually.TrueAsync(() => activator.State is { Waiting: 2, InFlight: 1 });

        var metrics = await activator.MetricsAsync();

        Assert.Contains($"kn_revision_request_queued{{k8s_namespace_name=\"default\",kn_revision_name=\"hello-00001\",{Scope}}} 2", metrics, StringComparison.Ordinal);
        Assert.Contains($"kn_revision_request_active{{k8s_namespace_name=\"default\",kn_revision_name=\"hello-00001\",{Scope}}} 1", metrics, StringComparison.Ordinal);
        release.SetResult();
        await Task.WhenAll(requests);
    }

    [Fact]
    public async Task Scrape_RevisionIsGone_HasNoSeriesOfIt()
    {
        await using var pod = await FakePod.StartAsync();
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());
        await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => (await activator.MetricsAsync()).Contains("hello-00001", StringComparison.Ordinal));

        activator.Revisions.Remove(TestActivator.Revision);

        Assert.DoesNotContain("hello-00001", await activator.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scrape_ApplicationMakesUpStatuses_HasABoundedNumberOfSeries()
    {
        var status = 200;
        await using var pod = await FakePod.StartAsync(context =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref status);
            return Task.CompletedTask;
        });
        await using var activator = await TestActivator.StartAsync();
        activator.AddRevision();
        activator.SetPods(pod.Endpoint());
        for (var i = 0; i < 150; i++)
        {
            using var response = await activator.Client.GetAsync("/", TestContext.Current.CancellationToken);
        }

        var counts = (await activator.MetricsAsync()).Split('\n').Where(line => line.StartsWith("http_server_request_duration_seconds_count{", StringComparison.Ordinal)).ToArray();
        Assert.Equal(101, counts.Length);
        Assert.Contains(counts, line => line.Contains("http_response_status_code=\"other\"", StringComparison.Ordinal));
    }
}
