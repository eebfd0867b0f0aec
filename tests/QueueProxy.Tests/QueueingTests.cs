using System.Net;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;

namespace Knative.Xds.QueueProxy.Tests;

public sealed class QueueingTests
{
    private static readonly Uri Root = new("/", UriKind.Relative);

    [Fact]
    public async Task ContainerConcurrency_MoreRequests_RunsNoMoreThanThatAtATime()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(gate.HandleAsync, options => options with { ContainerConcurrency = 2 });
        var requests = Enumerable.Range(0, 6).Select(_ => proxy.Client.GetStringAsync(Root, Proxy.Token)).ToList();
        await Eventually.TrueAsync(() => gate.Inside == 2, Proxy.Limit);

        gate.Open(6);

        Assert.All(await Task.WhenAll(requests).Within(Proxy.Limit), body => Assert.Equal("done", body));
        Assert.Equal(2, gate.Most);
    }

    [Fact]
    public async Task ContainerConcurrency_QueueFull_Is503WithUpstreamsText()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(gate.HandleAsync, options => options with { ContainerConcurrency = 1 });
        var admitted = Enumerable.Range(0, 11).Select(_ => proxy.Client.GetStringAsync(Root, Proxy.Token)).ToList();
        await Eventually.TrueAsync(async () => (await proxy.MetricsAsync()).Contains("kn_serving_queue_depth{otel_scope_name=\"knative.dev/serving/pkg/queue\"} 11\n", StringComparison.Ordinal), Proxy.Limit);

        using var refused = await proxy.Client.GetAsync(Root, Proxy.Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("pending request queue full\n", await refused.Content.ReadAsStringAsync(Proxy.Token));
        Assert.Contains("kxds_queue_refused_total{reason=\"queue_full\"} 1\n", await proxy.MetricsAsync(), StringComparison.Ordinal);
        gate.Open(11);
        await Task.WhenAll(admitted).Within(Proxy.Limit);
    }

    [Fact]
    public async Task ClientLeaves_WhileWaiting_FreesItsPlace()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(gate.HandleAsync, options => options with { ContainerConcurrency = 1 });
        var running = proxy.Client.GetStringAsync(Root, Proxy.Token);
        await Eventually.TrueAsync(() => gate.Inside == 1, Proxy.Limit);
        using var leaving = new CancellationTokenSource();
        var waiting = proxy.Client.GetStringAsync(Root, leaving.Token);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        var next = proxy.Client.GetStringAsync(Root, Proxy.Token);
        gate.Open(2);
        Assert.Equal(["done", "done"], await Task.WhenAll(running, next).Within(Proxy.Limit));
    }

    [Fact]
    public async Task Stats_BeforeTheFirstPeriod_HoldThePodNameOnly()
    {
        await using var proxy = await Proxy.StartAsync(new Gate().HandleAsync);

        Assert.Equal(new Core.Stats.Stat { PodName = "hello-00001-abc" }, await proxy.ScrapeAsync());
    }

    [Fact]
    public async Task Stats_TwoRequestsOneProxied_AreReportedEachSecond()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(gate.HandleAsync);
        using var forwarded = new HttpRequestMessage(HttpMethod.Get, "/");
        forwarded.Headers.Add(HeaderNames.ProxyRequest, ProbeValues.Activator);
        var requests = new[] { proxy.Client.SendAsync(forwarded, Proxy.Token), proxy.Client.GetAsync(Root, Proxy.Token) };
        await Eventually.TrueAsync(() => gate.Inside == 2, Proxy.Limit);

        proxy.Time.Advance(TimeSpan.FromSeconds(1));
        var stat = await proxy.ScrapeAsync();

        Assert.Equal((2, 1, 2, 1, 1), (stat.AverageConcurrentRequests, stat.AverageProxiedConcurrentRequests, stat.RequestCount, stat.ProxiedRequestCount, stat.ProcessUptime));
        gate.Open(2);
        foreach (var response in await Task.WhenAll(requests).Within(Proxy.Limit))
            response.Dispose();
    }

    [Fact]
    public async Task Stats_Probes_AreNotCounted()
    {
        await using var proxy = await Proxy.StartAsync(new Gate().HandleAsync);
        using var probe = await proxy.ProbeAsync();

        proxy.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(0, (await proxy.ScrapeAsync()).RequestCount);
    }

    [Fact]
    public async Task Stats_RequestForHalfThePeriod_IsHalfARequest()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(gate.HandleAsync);
        var request = proxy.Client.GetStringAsync(Root, Proxy.Token);
        await Eventually.TrueAsync(() => gate.Inside == 1, Proxy.Limit);
        proxy.Time.Advance(TimeSpan.FromSeconds(1));
        var first = await proxy.ScrapeAsync();

        proxy.Time.Advance(TimeSpan.FromSeconds(0.5));
        gate.Open(1);
        await request.Within(Proxy.Limit);
        await Eventually.TrueAsync(async () => (await proxy.MetricsAsync()).Contains("http_server_request_duration_seconds_count", StringComparison.Ordinal), Proxy.Limit);
        proxy.Time.Advance(TimeSpan.FromSeconds(0.5));

        Assert.Equal((1, 0.5), (first.AverageConcurrentRequests, (await proxy.ScrapeAsync()).AverageConcurrentRequests));
    }

    [Fact]
    public void Stats_RequestsOfALongPeriod_AreGivenPerSecond() =>
        Assert.Equal(3.9, new Core.Stats.RequestReport(0, 0, 39, 0).ToStat("pod", 10_000_000_000, 0).RequestCount);

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain;version=0.0.4;q=0.5,*/*;q=0.1")]
    public async Task Stats_WhateverIsAskedFor_AreProtobuf(string? accept)
    {
        await using var proxy = await Proxy.StartAsync(userPort: 1);
        using var response = await StatsAsync(proxy, accept);

        Assert.Equal("application/protobuf", response.Content.Headers.ContentType?.ToString());
    }

    [Theory]
    [InlineData("text/plain", "text/plain")]
    [InlineData("application/protobuf", "application/protobuf")]
    public async Task Stats_WithTextSwitchedOn_FollowTheQuestion(string accept, string expected)
    {
        await using var proxy = await Proxy.StartAsync(userPort: 1, options => options with { ServesStatsAsText = true, Configuration = "hello" });
        proxy.Time.Advance(TimeSpan.FromSeconds(2));
        using var response = await StatsAsync(proxy, accept);

        Assert.Equal(expected, response.Content.Headers.ContentType?.MediaType);
        if (expected == "text/plain")
        {
            const string Labels = "destination_configuration=\"hello\",destination_namespace=\"default\",destination_pod=\"hello-00001-abc\",destination_revision=\"hello-00001\"";
            var lines = (await response.Content.ReadAsStringAsync(Proxy.Token)).Split('\n').Where(line => !line.StartsWith('#'));
            Assert.Equal(
                [
                    $"queue_average_concurrent_requests{{{Labels}}} 0", $"queue_average_proxied_concurrent_requests{{{Labels}}} 0", $"queue_requests_per_second{{{Labels}}} 0",
                    $"queue_proxied_operations_per_second{{{Labels}}} 0", $"process_uptime{{{Labels}}} 2", "",
                ],
                lines);
        }
    }

    private static async Task<HttpResponseMessage> StatsAsync(Proxy proxy, string? accept)
    {
        using var client = Proxy.ClientOf(proxy.App.StatsEndPoint);
        if (accept is not null)
            client.DefaultRequestHeaders.TryAddWithoutValidation("Accept", accept);
        return await client.GetAsync(new Uri("/metrics", UriKind.Relative), Proxy.Token);
    }
}
