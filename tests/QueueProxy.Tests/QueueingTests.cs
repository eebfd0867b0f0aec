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
        using var metrics = Proxy.ClientOf(proxy.App.MetricsEndPoint);
        await Eventually.TrueAsync(async () => (await metrics.GetStringAsync(new Uri("/metrics", UriKind.Relative), Proxy.Token)).Contains("kn_serving_queue_depth{} 11", StringComparison.Ordinal), Proxy.Limit);

        using var refused = await proxy.Client.GetAsync(Root, Proxy.Token);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal("pending request queue full\n", await refused.Content.ReadAsStringAsync(Proxy.Token));
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
    public async Task Metrics_AfterARequest_HaveUpstreamsNames()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask);
        using var response = await proxy.Client.GetAsync(Root, Proxy.Token);
        using var client = Proxy.ClientOf(proxy.App.MetricsEndPoint);

        // The duration is observed when the response has been sent, which its reader may outrun.
        await Eventually.TrueAsync(async () => (await client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Proxy.Token)).Contains(
            "http_server_request_duration_seconds_count{http_request_method=\"GET\",http_response_status_code=\"200\",kn_route_tag=\"kn:disabled\"} 1", StringComparison.Ordinal), Proxy.Limit);
        Assert.Contains("kn_serving_invocation_duration_seconds_count{http_response_status_code=\"200\"} 1", await client.GetStringAsync(new Uri("/metrics", UriKind.Relative), Proxy.Token), StringComparison.Ordinal);
    }
}
