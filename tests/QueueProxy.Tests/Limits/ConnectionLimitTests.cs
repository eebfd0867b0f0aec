using System.Net;
using System.Net.Sockets;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.QueueProxy.Tests.Limits;

/// <summary>How many connections there may be, and for how long without a word.</summary>
public sealed class ConnectionLimitTests
{
    private static readonly Uri Root = new("/", UriKind.Relative);

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
    public async Task Connections_BeyondTheLimit_AreClosedAndCounted()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask, options => options with { Limits = new QueueLimits { MaxConnections = 2 } });
        using (var first = await LimitClient.OpenAsync(proxy.App.MainEndPoint))
        using (var second = await LimitClient.OpenAsync(proxy.App.MainEndPoint))
        {
            Assert.True(await IsRefusedAsync(proxy.App.MainEndPoint));
            await LimitClient.AssertRefusedAsync(proxy, "connections");
        }

        // Those that went away make room.
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return await LimitClient.SayAsync(proxy, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") is { Length: > 0 };
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

            await LimitClient.AssertRefusedAsync(proxy, "connections");
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
    public async Task SidePort_ConnectionsBeyondTheLimit_AreClosedAndCountedAndTheOtherPortsServe()
    {
        await using var proxy = await Proxy.StartAsync(_ => Task.CompletedTask, options => options with { Limits = new QueueLimits { MaxSideConnections = 2 } });
        using var first = await LimitClient.OpenAsync(proxy.App.StatsEndPoint);
        using var second = await LimitClient.OpenAsync(proxy.App.StatsEndPoint);

        Assert.True(await IsRefusedAsync(proxy.App.StatsEndPoint));

        await LimitClient.AssertRefusedAsync(proxy, "connections");
    }

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
