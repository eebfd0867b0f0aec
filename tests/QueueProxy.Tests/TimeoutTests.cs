using System.Net;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.QueueProxy.Tests;

public sealed class TimeoutTests
{
    private static readonly Uri Root = new("/", UriKind.Relative);

    [Fact]
    public async Task Overall_NothingWritten_Is504()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(gate.HandleAsync, options => options with { Timeout = TimeSpan.FromSeconds(10) });
        var request = proxy.Client.GetAsync(Root, Proxy.Token);
        await Eventually.TrueAsync(() => gate.Inside == 1, Proxy.Limit);

        proxy.Time.Advance(TimeSpan.FromSeconds(10));

        await AssertTimedOutAsync(request);
        await Eventually.TrueAsync(() => gate.Inside == 0, Proxy.Limit);
    }

    [Fact]
    public async Task Overall_WaitingInTheQueue_Is504AndFreesThePlace()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(gate.HandleAsync, options => options with { Timeout = TimeSpan.FromSeconds(10), ContainerConcurrency = 1 });
        var requests = new[] { proxy.Client.GetAsync(Root, Proxy.Token), proxy.Client.GetAsync(Root, Proxy.Token) };
        await Eventually.TrueAsync(() => gate.Inside == 1, Proxy.Limit);

        await Eventually.TrueAsync(() =>
        {
            proxy.Time.Advance(TimeSpan.FromSeconds(10));
            return Array.TrueForAll(requests, request => request.IsCompleted);
        });

        foreach (var request in requests)
            await AssertTimedOutAsync(request);
        // The handler that was given up must be gone, or it could take the place that is opened for the next one.
        await Eventually.TrueAsync(() => gate.Inside == 0, Proxy.Limit);
        var next = proxy.Client.GetStringAsync(Root, Proxy.Token);
        gate.Open(1);
        Assert.Equal("done", await next.Within(Proxy.Limit));
    }

    [Fact]
    public async Task Overall_ResponseHasBegun_AppendsTheText()
    {
        await using var proxy = await Proxy.StartAsync(BeginThenHangAsync, options => options with { Timeout = TimeSpan.FromSeconds(10) });
        using var response = await proxy.Client.GetAsync(Root, HttpCompletionOption.ResponseHeadersRead, Proxy.Token).Within(Proxy.Limit);
        await using var body = await response.Content.ReadAsStreamAsync(Proxy.Token);
        await body.ReadExactlyAsync(new byte[5], Proxy.Token).AsTask().Within(Proxy.Limit);

        proxy.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal("request timeout", await new StreamReader(body).ReadToEndAsync(Proxy.Token).Within(Proxy.Limit));
    }

    [Fact]
    public async Task ResponseStart_NothingWritten_Is504()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(gate.HandleAsync, options => options with { ResponseStartTimeout = TimeSpan.FromSeconds(2) });
        var request = proxy.Client.GetAsync(Root, Proxy.Token);
        await Eventually.TrueAsync(() => gate.Inside == 1, Proxy.Limit);

        proxy.Time.Advance(TimeSpan.FromSeconds(2));

        await AssertTimedOutAsync(request);
    }

    [Fact]
    public async Task Idle_ResponseStalls_EndsIt()
    {
        await using var proxy = await Proxy.StartAsync(BeginThenHangAsync, options => options with { ResponseStartTimeout = TimeSpan.FromSeconds(1), IdleTimeout = TimeSpan.FromSeconds(5) });
        using var response = await proxy.Client.GetAsync(Root, HttpCompletionOption.ResponseHeadersRead, Proxy.Token).Within(Proxy.Limit);
        await using var body = await response.Content.ReadAsStreamAsync(Proxy.Token);
        await body.ReadExactlyAsync(new byte[5], Proxy.Token).AsTask().Within(Proxy.Limit);

        proxy.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal("request timeout", await new StreamReader(body).ReadToEndAsync(Proxy.Token).Within(Proxy.Limit));
    }

    [Fact]
    public async Task Overall_PartOfTheBodyWritten_KeepsStatusAndAppendsTheText()
    {
        await using var proxy = await Proxy.StartAsync(
            async context =>
            {
                context.Response.StatusCode = 202;
                await context.Response.WriteAsync("foo");
                await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
            },
            options => options with { Timeout = TimeSpan.FromSeconds(10) });
        using var response = await proxy.Client.GetAsync(Root, HttpCompletionOption.ResponseHeadersRead, Proxy.Token).Within(Proxy.Limit);
        await using var body = await response.Content.ReadAsStreamAsync(Proxy.Token);
        var begin = new byte[3];
        await body.ReadExactlyAsync(begin, Proxy.Token).AsTask().Within(Proxy.Limit);

        proxy.Time.Advance(TimeSpan.FromSeconds(10));

        var text = System.Text.Encoding.UTF8.GetString(begin) + await new StreamReader(body).ReadToEndAsync(Proxy.Token).Within(Proxy.Limit);
        Assert.Equal((HttpStatusCode.Accepted, "foorequest timeout"), (response.StatusCode, text));
    }

    [Fact]
    public async Task ResponseStart_AfterTheFirstByte_DoesNotEndTheRequest()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(
            async context =>
            {
                await context.Response.WriteAsync("begin ");
                await gate.HandleAsync(context);
            },
            options => options with { ResponseStartTimeout = TimeSpan.FromSeconds(2) });
        using var response = await proxy.Client.GetAsync(Root, HttpCompletionOption.ResponseHeadersRead, Proxy.Token).Within(Proxy.Limit);

        proxy.Time.Advance(TimeSpan.FromSeconds(5));
        gate.Open(1);

        Assert.Equal("begin done", await response.Content.ReadAsStringAsync(Proxy.Token).Within(Proxy.Limit));
    }

    [Fact]
    public async Task Idle_SteadyWrites_DoNotEndTheRequest()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(
            async context =>
            {
                for (var part = 0; part < 3; part++)
                    await gate.HandleAsync(context);
            },
            options => options with { IdleTimeout = TimeSpan.FromSeconds(5) });
        var request = proxy.Client.GetAsync(Root, HttpCompletionOption.ResponseHeadersRead, Proxy.Token);
        gate.Open(1);
        using var response = await request.Within(Proxy.Limit);
        await using var body = await response.Content.ReadAsStreamAsync(Proxy.Token);
        var part = new byte[4];
        for (var turn = 0; turn < 2; turn++)
        {
            await body.ReadExactlyAsync(part, Proxy.Token).AsTask().Within(Proxy.Limit);
            proxy.Time.Advance(TimeSpan.FromSeconds(4));
            gate.Open(1);
        }

        Assert.Equal("done", await new StreamReader(body).ReadToEndAsync(Proxy.Token).Within(Proxy.Limit));
    }

    [Theory]
    [InlineData("overall", 10)]
    [InlineData("start", 2)]
    [InlineData("idle", 5)]
    public async Task WebSocket_IsOpen_EveryLimitEndsIt(string limit, int seconds)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var proxy = await Proxy.StartAsync(
            async context =>
            {
                using var user = await context.WebSockets.AcceptWebSocketAsync();
                var part = new byte[4];
                await user.ReceiveAsync(part, CancellationToken.None);
                await user.SendAsync(part, System.Net.WebSockets.WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
                await Assert.ThrowsAnyAsync<Exception>(async () => _ = await user.ReceiveAsync(part, CancellationToken.None));
                ended.SetResult();
            },
            options => options with
            {
                ContainerConcurrency = 1,
                Timeout = limit == "overall" ? TimeSpan.FromSeconds(10) : TimeSpan.FromMinutes(10),
                ResponseStartTimeout = limit == "start" ? TimeSpan.FromSeconds(2) : TimeSpan.Zero,
                IdleTimeout = limit == "idle" ? TimeSpan.FromSeconds(5) : TimeSpan.Zero,
            });
        using var socket = new System.Net.WebSockets.ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{proxy.App.MainEndPoint}/"), Proxy.Token).Within(Proxy.Limit);
        // What a tunnel carries is no response: upstream counts from the request's arrival.
        proxy.Time.Advance(TimeSpan.FromSeconds(seconds - 1));
        await socket.SendAsync("ping"u8.ToArray(), System.Net.WebSockets.WebSocketMessageType.Text, endOfMessage: true, Proxy.Token).Within(Proxy.Limit);
        Assert.Equal(4, (await socket.ReceiveAsync(new byte[4], Proxy.Token).Within(Proxy.Limit)).Count);

        proxy.Time.Advance(TimeSpan.FromSeconds(1));

        await ended.Task.Within(Proxy.Limit);
        await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => socket.ReceiveAsync(new byte[1], Proxy.Token).Within(Proxy.Limit));
        await Eventually.TrueAsync(async () => (await proxy.MetricsAsync()).Contains("kn_serving_queue_depth{otel_scope_name=\"knative.dev/serving/pkg/queue\"} 0\n", StringComparison.Ordinal), Proxy.Limit);
    }

    [Fact]
    public async Task Overall_ClientReadsNothing_FreesThePlaceAndCutsTheConnection()
    {
        var fed = 0L;
        await using var proxy = await Proxy.StartAsync(
            context => context.Request.Path == DeafClient.Path ? DeafClient.FeedAsync(context, bytes => Volatile.Write(ref fed, bytes)) : Task.CompletedTask,
            options => options with { ContainerConcurrency = 1, Timeout = TimeSpan.FromSeconds(10) });
        using var client = await DeafClient.ConnectHttp1Async(proxy.App.MainEndPoint, hasBody: false, [], Proxy.Token);
        // As long as anything has room, the text that ends a late response has it too.
        await Standstill.ReachedAsync(() => Volatile.Read(ref fed), async () => await TransfersAsync(proxy) > 0, Proxy.Limit);

        proxy.Time.Advance(TimeSpan.FromSeconds(10));

        using var next = await proxy.Client.GetAsync(new Uri("/next", UriKind.Relative), Proxy.Token).Within(Proxy.Limit);
        Assert.Equal(HttpStatusCode.OK, next.StatusCode);
        Assert.Equal(0, await TransfersAsync(proxy));
        await Eventually.TrueAsync(
            async () =>
            {
                proxy.Time.Advance(TimeSpan.FromSeconds(5));
                return (await proxy.MetricsAsync()).Split('\n').Single(line => line.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal)).EndsWith(" 2", StringComparison.Ordinal);
            },
            Proxy.Limit);
        var left = await client.ReadToEndAsync(Proxy.Token).Within(Proxy.Limit);
        Assert.InRange(left.Length, 0, DeafClient.Large - 1);
        // A response that is whole ends so.
        Assert.False(left.AsSpan().EndsWith("0\r\n\r\n"u8));
    }

    private static async Task<long> TransfersAsync(Proxy proxy) =>
        long.Parse((await proxy.MetricsAsync()).Split('\n').Single(line => line.StartsWith("kxds_queue_transfer_bytes ", StringComparison.Ordinal)).Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);

    private static async Task BeginThenHangAsync(HttpContext context)
    {
        await context.Response.WriteAsync("begin");
        await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
    }

    private static async Task AssertTimedOutAsync(Task<HttpResponseMessage> request)
    {
        using var response = await request.Within(Proxy.Limit);
        Assert.Equal((HttpStatusCode.GatewayTimeout, "request timeout"), (response.StatusCode, await response.Content.ReadAsStringAsync(Proxy.Token)));
    }
}
