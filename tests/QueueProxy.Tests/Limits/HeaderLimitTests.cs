using System.Net;
using System.Net.Sockets;
using System.Text;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.QueueProxy.Tests.Limits;

/// <summary>What headers may be: large, slow, and all of them together.</summary>
public sealed class HeaderLimitTests
{
    private static readonly Uri Root = new("/", UriKind.Relative);

    [Fact]
    public async Task Headers_TooLarge_Are431AndCounted()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask, options => options with { Limits = new QueueLimits { MaxHeaderBytes = 8 << 10 } });

        var answer = await LimitClient.SayAsync(proxy, $"GET / HTTP/1.1\r\nHost: a\r\nX-Large: {new string('x', 10 << 10)}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n431 Request Header Fields Too Large\n", answer, StringComparison.Ordinal);
        await LimitClient.AssertRefusedAsync(proxy, "headers_too_large");
    }

    [Fact]
    public async Task Headers_OfAMebibyte_AreTakenWhileFewConnectionsAreOpen()
    {
        await using var proxy = await Proxy.StartAsync(context => context.Response.WriteAsync("ok"));
        var lines = string.Concat(Enumerable.Range(0, 60).Select(line => $"X-Large-{line}: {new string('x', 16 << 10)}\r\n"));

        var answer = await LimitClient.SayAsync(proxy, $"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{lines}\r\n");

        // The user container of this test takes less than Go does, so its refusal is what comes back.
        Assert.Contains("431", answer, StringComparison.Ordinal);
        Assert.Contains("kxds_queue_refused_total{reason=\"headers_too_large\"} 0\n", await proxy.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_TooSlow_Are408AndCounted()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask, options => options with { Limits = new QueueLimits { HeadersTimeout = TimeSpan.FromSeconds(1) } });

        var answer = await LimitClient.SayAsync(proxy, "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ");

        AssertEmptyAndClosed("HTTP/1.1 408 Request Timeout", answer);
        await LimitClient.AssertRefusedAsync(proxy, "headers_timeout");
    }

    [Fact]
    public async Task MalformedRequest_IsCounted()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask);

        var answer = await LimitClient.SayAsync(proxy, "GET / HTTP/9\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        await LimitClient.AssertRefusedAsync(proxy, "bad_request");
    }

    [Fact]
    public async Task Headers_BeyondTheBudgetOfAllRequestsInside_Are503AndCounted()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(gate.HandleAsync, options => options with { Limits = new QueueLimits { HeaderBudgetBytes = 50_000 } }, HttpProtocols.Http2);
        using var client = Proxy.ClientOf(proxy.App.MainEndPoint);
        var inside = new[] { SendLargeAsync(client), SendLargeAsync(client) };
        await Eventually.TrueAsync(() => gate.Inside == 2, Proxy.Limit);

        // One connection, so the share of each is no bound: what all hold together is.
        using var refused = await SendLargeAsync(client);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "headers of pending requests are too large\n"), (refused.StatusCode, await refused.Content.ReadAsStringAsync(Proxy.Token)));
        await LimitClient.AssertRefusedAsync(proxy, "header_budget");
        Assert.InRange(await HeldAsync(proxy), 40_000, 50_000);
        gate.Open(3);
        await Task.WhenAll(inside).Within(Proxy.Limit);
        await Eventually.TrueAsync(async () => await HeldAsync(proxy) == 0, Proxy.Limit);
        using var taken = await SendLargeAsync(client);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Headers_OfAConnectionThatWasThereBefore_MayBeLessOnceOthersCome(int version)
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask, options => options with { Limits = new QueueLimits { HeaderBudgetBytes = 50_000 } }, version == 2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        using var client = Proxy.ClientOf(proxy.App.MainEndPoint);
        using var alone = await SendLargeAsync(client, version);
        Assert.Equal(HttpStatusCode.OK, alone.StatusCode);
        List<TcpClient> others = [await LimitClient.OpenAsync(proxy.App.MainEndPoint), await LimitClient.OpenAsync(proxy.App.MainEndPoint), await LimitClient.OpenAsync(proxy.App.MainEndPoint)];

        using var refused = await SendLargeAsync(client, version);

        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, refused.StatusCode);
        await LimitClient.AssertRefusedAsync(proxy, "headers_too_large");
        // The connection itself is as good as before, and so is what else it carries.
        others.ForEach(other => other.Dispose());
        await Eventually.TrueAsync(
            async () =>
            {
                using var taken = await SendLargeAsync(client, version);
                return taken.StatusCode == HttpStatusCode.OK;
            },
            Proxy.Limit);
    }

    [Fact]
    public async Task Probe_LargeHeaders_Is431()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask);

        var answer = await LimitClient.SayAsync(proxy, $"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: kube-probe/1\r\nK-Network-Probe: queue\r\nX-Large: {new string('x', 20 << 10)}\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 431 ", answer, StringComparison.Ordinal);
        await LimitClient.AssertRefusedAsync(proxy, "headers_too_large");
    }

    [Fact]
    public async Task SidePort_LargeHeaders_Are431()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask);
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.App.StatsEndPoint, Proxy.Token);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /metrics HTTP/1.1\r\nHost: a\r\nX-Large: {new string('x', 10 << 10)}\r\nConnection: close\r\n\r\n"), Proxy.Token);

        Assert.StartsWith("HTTP/1.1 431 ", await LimitClient.ReadAsync(client), StringComparison.Ordinal);
    }

    private static void AssertEmptyAndClosed(string status, string answer)
    {
        Assert.StartsWith(status + "\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Content-Length: 0\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    private static async Task<HttpResponseMessage> SendLargeAsync(HttpClient client, int version = 2)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Root) { Version = new Version(version, version == 2 ? 0 : 1), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Add("X-Large-1", new string('x', 10_000));
        request.Headers.Add("X-Large-2", new string('x', 10_000));
        return await client.SendAsync(request, Proxy.Token);
    }

    private static Task<long> HeldAsync(Proxy proxy) => LimitClient.ValueAsync(proxy, "kxds_queue_header_bytes ");
}
