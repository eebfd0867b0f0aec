using System.Net;
using System.Net.Sockets;
using Knative.Xds.QueueProxy.Draining;
using Knative.Xds.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.QueueProxy.Tests;

public sealed class DrainTests
{
    private static readonly Uri Root = new("/", UriKind.Relative);
    private static readonly Uri WaitForDrain = new("/wait-for-drain", UriKind.Relative);

    [Fact]
    public async Task Shutdown_RequestInFlight_FailsProbesButFinishesTheRequest()
    {
        var gate = new Gate();
        await using var proxy = await Proxy.StartAsync(gate.HandleAsync);
        var request = proxy.Client.GetStringAsync(Root, Proxy.Token);
        await Eventually.TrueAsync(() => gate.Inside == 1, Proxy.Limit);

        var shutdown = proxy.App.ShutdownAsync(CancellationToken.None);

        using var probe = await proxy.ProbeAsync();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "shutting down\n"), (probe.StatusCode, await probe.Content.ReadAsStringAsync(Proxy.Token)));
        using var ingress = new HttpRequestMessage(HttpMethod.Get, Root);
        ingress.Headers.Add("K-Network-Probe", "probe");
        ingress.Headers.Add("K-Network-Hash", "abc");
        using var refused = await proxy.Client.SendAsync(ingress, Proxy.Token);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "shutting down\n"), (refused.StatusCode, await refused.Content.ReadAsStringAsync(Proxy.Token)));
        proxy.Time.Advance(TimeSpan.FromSeconds(31));
        await Eventually.TrueAsync(() => IsClosed(proxy.App.MainEndPoint), Proxy.Limit);
        Assert.False(shutdown.IsCompleted);
        gate.Open(1);
        Assert.Equal("done", await request.Within(Proxy.Limit));
        await shutdown.Within(Proxy.Limit);
    }

    [Fact]
    public async Task Drain_TheEndIsAskedForWhileAUserContainerRestarts_IsNotReleasedByThatOne()
    {
        var termination = new Termination();
        var time = new FakeTimeProvider();
        using var drainer = new Drainer(time, TimeSpan.FromSeconds(30));
        var drained = drainer.DrainAsync();
        termination.Request();

        drainer.ResetUnless(() => termination.Requested.IsCompleted);

        Assert.False(drained.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(30));
        await drained.Within(Proxy.Limit);
    }

    [Fact]
    public async Task Shutdown_RequestsKeepComing_StaysOpenUntilItIsQuiet()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask);
        var shutdown = proxy.App.ShutdownAsync(CancellationToken.None);

        for (var turn = 0; turn < 5; turn++)
        {
            proxy.Time.Advance(TimeSpan.FromSeconds(20));
            using var response = await proxy.Client.GetAsync(Root, Proxy.Token);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        }

        Assert.False(shutdown.IsCompleted);
        proxy.Time.Advance(TimeSpan.FromSeconds(30));
        await shutdown.Within(Proxy.Limit);
    }

    [Fact]
    public async Task WaitForDrain_NoSignalFollows_LeavesTheDrainAfterASecond()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask);
        using var admin = Proxy.ClientOf(proxy.App.AdminEndPoint);
        var waiting = admin.GetAsync(WaitForDrain, Proxy.Token);
        await Eventually.TrueAsync(async () => await StatusAsync(proxy) == HttpStatusCode.ServiceUnavailable, Proxy.Limit);

        var start = proxy.Time.GetTimestamp();
        await Eventually.TrueAsync(() =>
        {
            proxy.Time.Advance(TimeSpan.FromMilliseconds(100));
            return waiting.IsCompleted;
        });

        // Long before it would have been quiet for long enough.
        Assert.InRange(proxy.Time.GetElapsedTime(start), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(10));
        using var response = await waiting;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(proxy));
    }

    [Fact]
    public async Task WaitForDrain_WithSignal_IsHeldUntilDrained()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask);
        using var admin = Proxy.ClientOf(proxy.App.AdminEndPoint);
        var waiting = admin.GetAsync(WaitForDrain, Proxy.Token);
        await Eventually.TrueAsync(async () => await StatusAsync(proxy) == HttpStatusCode.ServiceUnavailable, Proxy.Limit);
        var shutdown = proxy.App.ShutdownAsync(CancellationToken.None);
        proxy.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.False(waiting.IsCompleted);

        proxy.Time.Advance(TimeSpan.FromSeconds(15));

        using var response = await waiting.Within(Proxy.Limit);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await shutdown.Within(Proxy.Limit);
    }

    [Fact]
    public async Task Shutdown_WebSocketStaysOpen_IsWaitedForAMinute()
    {
        await using var proxy = await Proxy.StartAsync(async context =>
        {
            using var user = await context.WebSockets.AcceptWebSocketAsync();
            await user.ReceiveAsync(new byte[1], CancellationToken.None);
        });
        using var socket = new System.Net.WebSockets.ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{proxy.App.MainEndPoint}/"), CancellationToken.None).Within(Proxy.Limit);
        var shutdown = proxy.App.ShutdownAsync(CancellationToken.None);
        proxy.Time.Advance(TimeSpan.FromSeconds(30));
        await Eventually.TrueAsync(() => IsClosed(proxy.App.MainEndPoint), Proxy.Limit);

        const int Most = 180;
        var seconds = 0;
        await Eventually.TrueAsync(
            () =>
            {
                if (seconds < Most && !shutdown.IsCompleted)
                {
                    proxy.Time.Advance(TimeSpan.FromSeconds(1));
                    seconds++;
                }

                return shutdown.IsCompleted;
            },
            Proxy.Limit);

        await shutdown;
        // The clock may run on before the end is noticed, on a busy machine by many steps; then it stands still.
        Assert.InRange(seconds, 60, Most);
    }

    [Fact]
    public async Task Shutdown_WebSocketCloses_EndsAtOnce()
    {
        await using var proxy = await Proxy.StartAsync(async context =>
        {
            using var user = await context.WebSockets.AcceptWebSocketAsync();
            await user.ReceiveAsync(new byte[1], CancellationToken.None);
            await user.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        });
        using var socket = new System.Net.WebSockets.ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{proxy.App.MainEndPoint}/"), CancellationToken.None).Within(Proxy.Limit);
        var shutdown = proxy.App.ShutdownAsync(CancellationToken.None);
        proxy.Time.Advance(TimeSpan.FromSeconds(30));
        await Eventually.TrueAsync(() => IsClosed(proxy.App.MainEndPoint), Proxy.Limit);
        Assert.False(shutdown.IsCompleted);

        await socket.CloseAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).Within(Proxy.Limit);

        // The clock stands still.
        await shutdown.Within(Proxy.Limit);
    }

    private static async Task<HttpStatusCode> StatusAsync(Proxy proxy)
    {
        using var response = await proxy.ProbeAsync();
        return response.StatusCode;
    }

    private static bool IsClosed(IPEndPoint endPoint)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(endPoint);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
