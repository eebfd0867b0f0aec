using System.Net;
using System.Net.Sockets;
using System.Text;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.QueueProxy.Tests;

public sealed class LimitTests
{
    private static readonly Uri Root = new("/", UriKind.Relative);

    [Fact]
    public async Task Headers_TooLarge_Are431AndCounted()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask, options => options with { Limits = new QueueLimits { MaxHeaderBytes = 8 << 10 } });

        var answer = await SayAsync(proxy, $"GET / HTTP/1.1\r\nHost: a\r\nX-Large: {new string('x', 10 << 10)}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 431 Request Header Fields Too Large\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n431 Request Header Fields Too Large\n", answer, StringComparison.Ordinal);
        await AssertRefusedAsync(proxy, "headers_too_large");
    }

    [Fact]
    public async Task Headers_OfAMebibyte_AreTakenWhileFewConnectionsAreOpen()
    {
        await using var proxy = await Proxy.StartAsync(context => context.Response.WriteAsync("ok"));
        var lines = string.Concat(Enumerable.Range(0, 60).Select(line => $"X-Large-{line}: {new string('x', 16 << 10)}\r\n"));

        var answer = await SayAsync(proxy, $"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{lines}\r\n");

        // The user container of this test takes less than Go does, so its refusal is what comes back.
        Assert.Contains("431", answer, StringComparison.Ordinal);
        Assert.Contains("kxds_queue_refused_total{reason=\"headers_too_large\"} 0\n", await proxy.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_TooSlow_Are408AndCounted()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask, options => options with { Limits = new QueueLimits { HeadersTimeout = TimeSpan.FromSeconds(1) } });

        var answer = await SayAsync(proxy, "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ");

        AssertEmptyAndClosed("HTTP/1.1 408 Request Timeout", answer);
        await AssertRefusedAsync(proxy, "headers_timeout");
    }

    [Fact]
    public async Task SilentClient_IsClosedAfterTheLimit()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask);
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.App.MainEndPoint, Proxy.Token);
        var read = client.GetStream().ReadAsync(new byte[1], Proxy.Token).AsTask();

        await Eventually.TrueAsync(() =>
        {
            proxy.Time.Advance(TimeSpan.FromMinutes(1));
            return read.IsCompleted;
        });

        Assert.True(read.IsFaulted || await read == 0);
    }

    [Fact]
    public async Task MalformedRequest_IsCounted()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask);

        var answer = await SayAsync(proxy, "GET / HTTP/9\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        await AssertRefusedAsync(proxy, "bad_request");
    }

    [Fact]
    public async Task Connections_BeyondTheLimit_AreClosedAndCounted()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask, options => options with { Limits = new QueueLimits { MaxConnections = 2 } });
        using (var first = await OpenAsync(proxy))
        using (var second = await OpenAsync(proxy))
        {
            Assert.True(await IsRefusedAsync(proxy));
            await AssertRefusedAsync(proxy, "connections");
        }

        // Those that went away make room.
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return await SayAsync(proxy, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") is { Length: > 0 };
                }
                catch (Exception error) when (error is IOException or SocketException)
                {
                    return false;
                }
            },
            Proxy.Limit);
    }

    [Fact]
    public async Task Http2Connections_BeyondTheLimit_AreClosedAndCountedAndThoseOfHttp1Served()
    {
        await using var proxy = await Proxy.StartAsync(context => context.Response.WriteAsync("ok"), options => options with { Limits = new QueueLimits { MaxHttp2Connections = 1 } });
        using (var first = await RawHttp2.ConnectAsync(proxy.App.MainEndPoint, [], Proxy.Token))
        {
            Assert.True(await first.ReadUntilAsync(RawHttp2.Settings, Proxy.Token).Within(Proxy.Limit));
            using var second = await RawHttp2.ConnectAsync(proxy.App.MainEndPoint, [], Proxy.Token);

            await second.ReadToEndAsync(Proxy.Token).Within(Proxy.Limit);

            await AssertRefusedAsync(proxy, "connections");
            Assert.Equal("ok", await proxy.Client.GetStringAsync(Root, Proxy.Token).Within(Proxy.Limit));
        }

        // The one that went away makes room.
        await Eventually.TrueAsync(
            async () =>
            {
                using var third = await RawHttp2.ConnectAsync(proxy.App.MainEndPoint, [], Proxy.Token);
                return await third.ReadUntilAsync(RawHttp2.Settings, Proxy.Token);
            },
            Proxy.Limit);
    }

    [Fact]
    public async Task Uploads_ThatTheUserContainerDoesNotTake_GiveWayToLaterOnes()
    {
        // Held here: a connection that nobody reads and whose request waits for what nobody holds is collected as garbage, and so reset.
        var never = new TaskCompletionSource();
        await using var proxy = await Proxy.StartAsync(
            async context =>
            {
                context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
                if (context.Request.Path == "/stuck")
                    await never.Task.WaitAsync(context.RequestAborted);
                await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
                await context.Response.WriteAsync("taken");
            },
            options => options with { Limits = new QueueLimits { TransferBudgetBytes = 100_000 } });
        // More than kernels keep for two connections: some give each 32 MiB to receive and 4 to send.
        const int Large = 128 << 20;
        await using var source = new LongStream(Large);
        var stuck = proxy.Client.PostAsync(new Uri("/stuck", UriKind.Relative), new StreamContent(source), Proxy.Token);
        // A busy machine stands still for a while too, before the upload does.
        await Standstill.ReachedAsync(() => source.Given, async () => await ValueAsync(proxy, "kxds_queue_transfer_bytes ") == 64 << 10, Proxy.Limit);

        using var taken = await proxy.Client.PostAsync(Root, new StreamContent(new LongStream(Large)), Proxy.Token).Within(Proxy.Limit);

        Assert.Equal("taken", await taken.Content.ReadAsStringAsync(Proxy.Token));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => stuck.Within(Proxy.Limit));
        await AssertRefusedAsync(proxy, "transfers");
        await Eventually.TrueAsync(async () => await ValueAsync(proxy, "kxds_queue_transfer_bytes ") == 0, Proxy.Limit);
    }

    [Fact]
    public async Task Requests_BeyondTheLimit_Are503AndCounted()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(gate.HandleAsync, options => options with { Limits = new QueueLimits { MaxRequests = 2 } });
        var inside = new[] { proxy.Client.GetStringAsync(Root, Proxy.Token), proxy.Client.GetStringAsync(Root, Proxy.Token) };
        await Eventually.TrueAsync(() => gate.Inside == 2, Proxy.Limit);

        using var refused = await proxy.Client.GetAsync(Root, Proxy.Token);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "pending request queue full\n"), (refused.StatusCode, await refused.Content.ReadAsStringAsync(Proxy.Token)));
        await AssertRefusedAsync(proxy, "requests");
        gate.Open(2);
        Assert.Equal(["done", "done"], await Task.WhenAll(inside).Within(Proxy.Limit));
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
        await AssertRefusedAsync(proxy, "header_budget");
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
        List<TcpClient> others = [await OpenAsync(proxy), await OpenAsync(proxy), await OpenAsync(proxy)];

        using var refused = await SendLargeAsync(client, version);

        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, refused.StatusCode);
        await AssertRefusedAsync(proxy, "headers_too_large");
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
    public async Task Probes_BeyondTheLimit_Are503AndCounted()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask, options => options with
        {
            ReadinessProbe = """{"tcpSocket":{"port":1,"host":"127.0.0.1"},"successThreshold":1}""",
            Limits = new QueueLimits { MaxProbes = 1 },
        });
        const string Probe = "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: kube-probe/1\r\nK-Network-Probe: queue\r\nConnection: close\r\n\r\n";

        // The clock stands still, so whichever comes first waits for the user container for good; the other is refused.
        var answer = await await Task.WhenAny(SayAsync(proxy, Probe), SayAsync(proxy, Probe));

        Assert.StartsWith("HTTP/1.1 503 ", answer, StringComparison.Ordinal);
        Assert.Matches("kxds_queue_refused_total\\{reason=\"probes\"\\} [1-9]", await proxy.MetricsAsync());
    }

    [Fact]
    public async Task Probe_LargeHeaders_Is431()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask);

        var answer = await SayAsync(proxy, $"GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: kube-probe/1\r\nK-Network-Probe: queue\r\nX-Large: {new string('x', 20 << 10)}\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 431 ", answer, StringComparison.Ordinal);
        await AssertRefusedAsync(proxy, "headers_too_large");
    }

    [Fact]
    public async Task SidePort_ConnectionsBeyondTheLimit_AreClosedAndCountedAndTheOtherPortsServe()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask, options => options with { Limits = new QueueLimits { MaxSideConnections = 2 } });
        using var first = await OpenAsync(proxy.App.StatsEndPoint);
        using var second = await OpenAsync(proxy.App.StatsEndPoint);

        Assert.True(await IsRefusedAsync(proxy.App.StatsEndPoint));

        await AssertRefusedAsync(proxy, "connections");
    }

    [Fact]
    public async Task SidePort_LargeHeaders_Are431()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask);
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.App.StatsEndPoint, Proxy.Token);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /metrics HTTP/1.1\r\nHost: a\r\nX-Large: {new string('x', 10 << 10)}\r\nConnection: close\r\n\r\n"), Proxy.Token);

        Assert.StartsWith("HTTP/1.1 431 ", await ReadAsync(client), StringComparison.Ordinal);
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
            await SayAsync(proxy, $"GET / HTTP/1.1\r\nHost: a\r\nX-Large: {new string('x', 20_000)}\r\nConnection: close\r\n\r\n");

        // Two bytes a letter, and the one that is being written counts.
        await Eventually.TrueAsync(async () => (await proxy.MetricsAsync()).Contains("kxds_queue_log_lines_dropped_total 8\n", StringComparison.Ordinal), Proxy.Limit);
        output.Release();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Responses_ThatNobodyTakes_AreBoundedAndCountedAndOthersAreServed(int version)
    {
        const int Budget = 4 << 20;
        await using var proxy = await Proxy.StartAsync(
            context => context.Request.Path == DeafClient.Path ? DeafClient.FeedAsync(context) : context.Response.WriteAsync("small"),
            options => options with { Limits = new QueueLimits { TransferBudgetBytes = Budget } },
            version == 2 ? HttpProtocols.Http2 : HttpProtocols.Http1);
        var deaf = version == 2 ? [await DeafClient.ConnectHttp2Async(proxy.App.MainEndPoint, streams: 200, hasBody: false, [], Proxy.Token)] : new List<DeafClient>();
        for (var client = 0; version == 1 && client < 200; client++)
            deaf.Add(await DeafClient.ConnectHttp1Async(proxy.App.MainEndPoint, hasBody: false, [], Proxy.Token));

        // Each holds 64 KiB and what it has read, so that 64 of them may stand at most.
        await Eventually.TrueAsync(async () => await ValueAsync(proxy, "kxds_queue_refused_total{reason=\"transfers\"} ") >= 200 - Budget / (64 << 10), Proxy.Limit);

        Assert.InRange(await ValueAsync(proxy, "kxds_queue_transfer_bytes "), Budget / 2, Budget);
        using var request = new HttpRequestMessage(HttpMethod.Get, Root) { Version = new Version(version, version == 2 ? 0 : 1), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var served = await proxy.Client.SendAsync(request, Proxy.Token).Within(Proxy.Limit);
        Assert.Equal("small", await served.Content.ReadAsStringAsync(Proxy.Token));
        deaf.ForEach(client => client.Dispose());
        await Eventually.TrueAsync(async () => await ValueAsync(proxy, "kxds_queue_transfer_bytes ") == 0, Proxy.Limit);
    }

    [Theory]
    [InlineData(512L << 20, 2_048, 256, 16, 4 << 20, (512 << 20) / 10, 8 << 20)]
    [InlineData(200L << 20, 800, 100, 16, 2 << 20, 20 << 20, 6_553_600)]
    [InlineData(32L << 20, 512, 64, 16, 2 << 20, 8 << 20, 1 << 20)]
    public void Within_LittleMemory_MakesTheDefaultsSmaller(long memory, int connections, int http2, int side, long headers, long transfers, long log) => Assert.Equal(
        new QueueLimits
        {
            MaxConnections = connections,
            MaxHttp2Connections = http2,
            MaxRequests = connections,
            MaxSideConnections = side,
            ReadBufferBytes = 16 << 10,
            Http2WindowBytes = 65_535,
            HeaderBudgetBytes = headers,
            TransferBudgetBytes = transfers,
            LogBytes = log,
        },
        QueueLimits.Within(memory));

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(9223372036854771712)]
    public void Within_NoLimit_LeavesTheDefaults(long memory) => Assert.Equal(new QueueLimits(), QueueLimits.Within(memory));

    [Theory]
    [InlineData(512)]
    [InlineData(640)]
    [InlineData(800)]
    [InlineData(1_024)]
    [InlineData(2_048)]
    [InlineData(16_384)]
    public void Within_FromHalfAGibibyteOn_WhatTheDocumentationAddsUpFitsIn(long mebibytes)
    {
        const double KiB = 1 << 10;
        var limits = QueueLimits.Within(mebibytes << 20);
        double budget = limits.HeaderBudgetBytes;

        double[] parts =
        [
            32 << 20,
            limits.MaxConnections * (14 * KiB + limits.ReadBufferBytes + 16 * KiB),
            limits.MaxHttp2Connections * (limits.Http2WindowBytes + 128 * KiB),
            limits.MaxRequests * 8 * KiB,
            2.0 * limits.TransferBudgetBytes,
            2 * budget,
            6 * budget * (1 + Math.Log(limits.MaxConnections * (double)limits.MaxHeaderBytes / budget)),
            4 * limits.MaxSideConnections * (limits.ReadBufferBytes + 320 * KiB) + limits.MaxProbes * 32 * KiB,
            limits.LogBytes,
        ];

        Assert.InRange(parts.Sum(), 0, mebibytes << 20);
    }

    [Theory]
    [InlineData(1, 1 << 20)]
    [InlineData(64, 1 << 20)]
    [InlineData(128, 512 << 10)]
    [InlineData(16_384, 4 << 10)]
    [InlineData(100_000, 1 << 10)]
    public void HeaderBytes_MoreConnections_LeaveLessToEach(int connections, int expected) => Assert.Equal(expected, new QueueLimits().HeaderBytes(connections));

    private static void AssertEmptyAndClosed(string status, string answer)
    {
        Assert.StartsWith(status + "\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Content-Length: 0\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", answer, StringComparison.Ordinal);
    }

    private static async Task AssertRefusedAsync(Proxy proxy, string reason) =>
        await Eventually.TrueAsync(async () => (await proxy.MetricsAsync()).Contains($"kxds_queue_refused_total{{reason=\"{reason}\"}} 1\n", StringComparison.Ordinal), Proxy.Limit);

    private static async Task<string> SayAsync(Proxy proxy, string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.App.MainEndPoint, Proxy.Token);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), Proxy.Token);
        return await ReadAsync(client);
    }

    private static async Task<string> ReadAsync(TcpClient client)
    {
        using var answer = new MemoryStream();
        try
        {
            await client.GetStream().CopyToAsync(answer, Proxy.Token).Within(Proxy.Limit);
        }
        catch (IOException)
        {
            // Reset after the answer.
        }

        return Encoding.ASCII.GetString(answer.ToArray());
    }

    private static async Task<HttpResponseMessage> SendLargeAsync(HttpClient client, int version = 2)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Root) { Version = new Version(version, version == 2 ? 0 : 1), VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        request.Headers.Add("X-Large-1", new string('x', 10_000));
        request.Headers.Add("X-Large-2", new string('x', 10_000));
        return await client.SendAsync(request, Proxy.Token);
    }

    private static Task<long> HeldAsync(Proxy proxy) => ValueAsync(proxy, "kxds_queue_header_bytes ");

    private static async Task<long> ValueAsync(Proxy proxy, string sample) =>
        long.Parse((await proxy.MetricsAsync()).Split('\n').Single(line => line.StartsWith(sample, StringComparison.Ordinal)).AsSpan(sample.Length), System.Globalization.CultureInfo.InvariantCulture);

    private static Task<TcpClient> OpenAsync(Proxy proxy) => OpenAsync(proxy.App.MainEndPoint);

    private static async Task<TcpClient> OpenAsync(IPEndPoint endPoint)
    {
        var client = new TcpClient();
        await client.ConnectAsync(endPoint, Proxy.Token);
        await client.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), Proxy.Token);
        await client.GetStream().ReadExactlyAsync(new byte[12], Proxy.Token).AsTask().Within(Proxy.Limit);
        return client;
    }

    private static Task<bool> IsRefusedAsync(Proxy proxy) => IsRefusedAsync(proxy.App.MainEndPoint);

    private static async Task<bool> IsRefusedAsync(IPEndPoint endPoint)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(endPoint, Proxy.Token);
            return await client.GetStream().ReadAsync(new byte[1], Proxy.Token).AsTask().Within(Proxy.Limit) == 0;
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            return true;
        }
    }
}
