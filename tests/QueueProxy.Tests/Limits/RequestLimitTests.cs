using System.Net;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.QueueProxy.Tests.Limits;

/// <summary>How many requests may be inside, and what may be said of them.</summary>
public sealed class RequestLimitTests
{
    private static readonly Uri Root = new("/", UriKind.Relative);

    [Fact]
    public async Task Requests_BeyondTheLimit_Are503AndCounted()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(gate.HandleAsync, options => options with { Limits = new QueueLimits { MaxRequests = 2 } });
        var inside = new[] { proxy.Client.GetStringAsync(Root, Proxy.Token), proxy.Client.GetStringAsync(Root, Proxy.Token) };
        await Eventually.TrueAsync(() => gate.Inside == 2, Proxy.Limit);

        using var refused = await proxy.Client.GetAsync(Root, Proxy.Token);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "pending request queue full\n"), (refused.StatusCode, await refused.Content.ReadAsStringAsync(Proxy.Token)));
        await LimitClient.AssertRefusedAsync(proxy, "requests");
        gate.Open(2);
        Assert.Equal(["done", "done"], await Task.WhenAll(inside).Within(Proxy.Limit));
    }

    [Fact]
    public async Task Probes_BeyondTheLimit_Are503AndCounted()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask, options => options with
        {
            ReadinessProbe = """{"tcpSocket":{"port":1,"host":"127.0.0.1"},"successThreshold":1}""",
            Limits = new QueueLimits { MaxProbes = 1 },
        });
        const string Probe = "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: kube-probe/1\r\nK-Network-Probe: queue\r\nConnection: close\r\n\r\n";

        // The clock stands still, so whichever comes first waits for the user container for good; the other is refused.
        var answer = await await Task.WhenAny(LimitClient.SayAsync(proxy, Probe), LimitClient.SayAsync(proxy, Probe));

        Assert.StartsWith("HTTP/1.1 503 ", answer, StringComparison.Ordinal);
        Assert.Matches("kxds_queue_refused_total\\{reason=\"probes\"\\} [1-9]", await proxy.MetricsAsync());
    }

    [Fact]
    public async Task RequestLog_NobodyReadsIt_KeepsSomeBytesAndCountsWhatItLeavesOut()
    {
        using var output = new BlockedStream();
        await using var proxy = await Proxy.StartAsync(
            context => context.Response.WriteAsync("ok"),
            options => options with
            {
                Limits = new QueueLimits { LogBytes = 100_000 },
                Observability = options.Observability with { EnableRequestLog = true, RequestLogTemplate = "{{.Request.Header.Get \"X-Large\"}}" },
            },
            output: output);
        for (var request = 0; request < 10; request++)
            await LimitClient.SayAsync(proxy, $"GET / HTTP/1.1\r\nHost: a\r\nX-Large: {new string('x', 20_000)}\r\nConnection: close\r\n\r\n");

        // Two bytes a letter, and the one that is being written counts.
        await Eventually.TrueAsync(async () => (await proxy.MetricsAsync()).Contains("kxds_queue_log_lines_dropped_total 8\n", StringComparison.Ordinal), Proxy.Limit);
        output.Release();
    }
}
