using System.Net;
using System.Net.WebSockets;
using Knative.Xds.Activation;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.Activator.Tests.Serving;

public sealed class TimeoutTests
{
    private static readonly TimeSpan Ten = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly FakeTimeProvider _time = new();
    private readonly TaskCompletionSource _release = new();

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task ResponseStart_NothingWritten_Is504(HttpProtocols protocols)
    {
        await using var pod = await FakePod.StartAsync(_ => _release.Task, protocols);
        await using var activator = await StartAsync(pod, protocols, options => options.ResponseStartTimeout = Ten);
        using var client = ClientOf(activator, protocols);
        var request = client.GetAsync("/", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => pod.Served == 1);

        _time.Advance(Ten);

        using var response = await request.Within(Limit);
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal("activator request timeout", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        _release.SetResult();
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task ResponseStart_FirstByteWasInTime_LetsTheResponseFinish(HttpProtocols protocols)
    {
        await using var pod = await FakePod.StartAsync(StartThenWaitAsync, protocols);
        await using var activator = await StartAsync(pod, protocols, options => options.ResponseStartTimeout = Ten);
        using var client = ClientOf(activator, protocols);
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);

        _time.Advance(Ten);
        _release.SetResult();

        Assert.Equal("startend", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Idle_LongPauseInTheResponse_EndsItWithTheText(HttpProtocols protocols)
    {
        await using var pod = await FakePod.StartAsync(StartThenWaitAsync, protocols);
        await using var activator = await StartAsync(pod, protocols, options => options.IdleTimeout = Ten);
        using var client = ClientOf(activator, protocols);
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var body = await BeginAsync(response);

        _time.Advance(Ten);

        Assert.Equal("activator request timeout", await body.ReadToEndAsync(TestContext.Current.CancellationToken).Within(Limit));
        _release.SetResult();
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Idle_NothingWritten_Is504(HttpProtocols protocols)
    {
        await using var pod = await FakePod.StartAsync(_ => _release.Task, protocols);
        await using var activator = await StartAsync(pod, protocols, options => options.IdleTimeout = Ten);
        using var client = ClientOf(activator, protocols);
        var request = client.GetAsync("/", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => pod.Served == 1);

        _time.Advance(Ten);

        using var response = await request.Within(Limit);
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        _release.SetResult();
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Overall_PartOfTheBodyWritten_KeepsStatusAndAppendsTheText(HttpProtocols protocols)
    {
        await using var pod = await FakePod.StartAsync(StartThenWaitAsync, protocols);
        await using var activator = await StartAsync(pod, protocols, options => options.RequestTimeout = Ten);
        using var client = ClientOf(activator, protocols);
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var body = await BeginAsync(response);

        _time.Advance(Ten);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("activator request timeout", await body.ReadToEndAsync(TestContext.Current.CancellationToken).Within(Limit));
        _release.SetResult();
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Overall_AnnouncedLengthNotReached_CutsItOff(HttpProtocols protocols)
    {
        await using var pod = await FakePod.StartAsync(
            async context =>
            {
                context.Response.ContentLength = 100;
                await StartThenWaitAsync(context);
            },
            protocols);
        await using var activator = await StartAsync(pod, protocols, options => options.RequestTimeout = Ten);
        using var client = ClientOf(activator, protocols);
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var body = await BeginAsync(response);

        _time.Advance(Ten);

        await Assert.ThrowsAnyAsync<IOException>(() => body.ReadToEndAsync(TestContext.Current.CancellationToken).Within(Limit));
        _release.SetResult();
    }

    [Theory]
    [InlineData("overall")]
    [InlineData("start")]
    [InlineData("idle")]
    public async Task WebSocket_IsOpen_EveryLimitEndsIt(string limit)
    {
        await using var pod = await FakePod.StartAsync(async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var part = new byte[4];
            await socket.ReceiveAsync(part, context.RequestAborted);
            await socket.SendAsync(part, WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
            await Assert.ThrowsAnyAsync<Exception>(async () => _ = await socket.ReceiveAsync(part, context.RequestAborted));
            _release.SetResult();
        });
        await using var activator = await StartAsync(pod, options =>
        {
            options.RequestTimeout = limit == "overall" ? Ten : 60 * Ten;
            options.ResponseStartTimeout = limit == "start" ? Ten : TimeSpan.Zero;
            options.IdleTimeout = limit == "idle" ? Ten : TimeSpan.Zero;
        });
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader(HeaderNames.RevisionNamespace, TestActivator.Revision.Namespace);
        socket.Options.SetRequestHeader(HeaderNames.RevisionName, TestActivator.Revision.Name);
        await socket.ConnectAsync(new Uri($"ws://{activator.Http1}/"), TestContext.Current.CancellationToken).Within(Limit);
        // What a tunnel carries is no response: upstream counts from the request's arrival.
        _time.Advance(0.9 * Ten);
        await socket.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, TestContext.Current.CancellationToken).Within(Limit);
        Assert.Equal(4, (await socket.ReceiveAsync(new byte[4], TestContext.Current.CancellationToken).Within(Limit)).Count);

        _time.Advance(0.1 * Ten);

        await _release.Task.Within(Limit);
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken).Within(Limit));
        await Eventually.TrueAsync(() => activator.State.InFlight == 0);
    }

    [Theory]
    [InlineData(HttpProtocols.Http1)]
    [InlineData(HttpProtocols.Http2)]
    public async Task Idle_SteadyWrites_DoNotEndTheRequest(HttpProtocols protocols)
    {
        var turns = System.Threading.Channels.Channel.CreateUnbounded<bool>();
        await using var pod = await FakePod.StartAsync(
            async context =>
            {
                for (var part = 0; part < 3; part++)
                {
                    await turns.Reader.ReadAsync(context.RequestAborted);
                    await context.Response.WriteAsync("part");
                }
            },
            protocols);
        await using var activator = await StartAsync(pod, protocols, options => options.IdleTimeout = Ten);
        using var client = ClientOf(activator, protocols);
        turns.Writer.TryWrite(true);
        using var response = await client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken).Within(Limit);
        await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        for (var turn = 0; turn < 2; turn++)
        {
            await body.ReadExactlyAsync(new byte[4], TestContext.Current.CancellationToken).AsTask().Within(Limit);
            _time.Advance(0.9 * Ten);
            turns.Writer.TryWrite(true);
        }

        Assert.Equal("part", await new StreamReader(body).ReadToEndAsync(TestContext.Current.CancellationToken).Within(Limit));
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Overall_ClientReadsNothing_FreesThePlace(string method)
    {
        await using var pod = await FakePod.StartAsync(async context =>
        {
            var part = new byte[64 << 10];
            while (context.Request.Path == "/large")
            {
                await context.Response.Body.WriteAsync(part, context.RequestAborted);
            }
        });
        await using var activator = await StartAsync(pod, options => options.RequestTimeout = Ten);
        using var client = await RawClient.ConnectAsync(activator.Http1);
        await client.SayAsync($"{method} /large HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n{HeaderNames.RevisionNamespace}: default\r\n{HeaderNames.RevisionName}: hello-00001\r\n\r\n");
        await Eventually.TrueAsync(async () => !(await activator.MetricsAsync()).Contains("kxds_activator_held_bytes{kind=\"transfers\"} 0\n", StringComparison.Ordinal), Limit);

        _time.Advance(Ten);

        await Eventually.TrueAsync(() => activator.State.InFlight == 0, Limit);
        Assert.Contains("kxds_activator_held_bytes{kind=\"transfers\"} 0\n", await activator.MetricsAsync(), StringComparison.Ordinal);
        await Eventually.TrueAsync(
            async () =>
            {
                _time.Advance(0.5 * Ten);
                return (await activator.MetricsAsync()).Contains("activator_request_count{", StringComparison.Ordinal);
            },
            Limit);
    }

    private static HttpClient ClientOf(TestActivator activator, HttpProtocols protocols) =>
        TestActivator.NewClient(activator.Http1, protocols == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11);

    // What the pod wrote has gone through, so that the idle time counts from there.
    private static async Task<StreamReader> BeginAsync(HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);
        var start = new byte[5];
        await body.ReadExactlyAsync(start, TestContext.Current.CancellationToken).AsTask().Within(Limit);
        Assert.Equal("start"u8.ToArray(), start);
        return new StreamReader(body);
    }

    private async Task StartThenWaitAsync(HttpContext context)
    {
        await context.Response.WriteAsync("start");
        await context.Response.Body.FlushAsync();
        await _release.Task;
        await context.Response.WriteAsync("end");
    }

    private Task<TestActivator> StartAsync(FakePod pod, Action<ActivatorOptions> configure) => StartAsync(pod, HttpProtocols.Http1, configure);

    private async Task<TestActivator> StartAsync(FakePod pod, HttpProtocols protocols, Action<ActivatorOptions> configure)
    {
        var activator = await TestActivator.StartAsync(configure, builder => builder.Services.AddSingleton<TimeProvider>(_time));
        activator.AddRevision(protocol: protocols == HttpProtocols.Http2 ? AppProtocol.H2C : AppProtocol.Http1);
        activator.SetPods(pod.Endpoint());
        return activator;
    }
}
