using System.Net;
using System.Net.Sockets;
using Knative.Xds.QueueProxy.Probing;
using Knative.Xds.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Knative.Xds.QueueProxy.Tests.Probing;

public sealed class PortWatchTests : IDisposable
{
    private readonly Socket _user = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public PortWatchTests() => _user.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    [Fact]
    public async Task Opens_ListensLater_IsTold()
    {
        var opens = PortWatch.OpensAsync(EndPoint, Proxy.Limit, TimeProvider.System);
        Assert.False(opens.IsCompleted);

        _user.Listen();

        Assert.True(await opens.Within(Proxy.Limit));
        using var closed = await _user.AcceptAsync(Proxy.Token);
        Assert.Equal(0, await closed.ReceiveAsync(new byte[1], Proxy.Token));
    }

    [Fact]
    public async Task Opens_NobodyListens_EndsWithTheLimit() =>
        Assert.False(await PortWatch.OpensAsync(EndPoint, TimeSpan.FromMilliseconds(20), TimeProvider.System).Within(Proxy.Limit));

    [Fact]
    public void IsItself_SocketThatMetItself_IsNobodyWhoListens()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Connect(other.LocalEndPoint!);

        Assert.True(PortWatch.IsItself(other, PortWatch.Bytes((IPEndPoint)other.LocalEndPoint!)));
        Assert.False(PortWatch.IsItself(other, PortWatch.Bytes(EndPoint)));
    }

    [Fact]
    public async Task AggressiveTcpProbe_OnTheSystemsClock_IsReadyAfterThatManyConnections()
    {
        var probe = new UserProbe { Kind = UserProbeKind.Tcp, Host = "127.0.0.1", Port = EndPoint.Port, SuccessThreshold = 3 };
        using var client = new ProbeClient(http2AutoDetection: false, TimeProvider.System, NullLogger.Instance);
        var ready = new ProbeLoop(probe, client, TimeProvider.System).RunAsync();
        Assert.False(ready.IsCompleted);

        _user.Listen();

        Assert.True(await ready.Within(Proxy.Limit));
        for (var connection = 0; connection < 3; connection++)
        {
            using var closed = await _user.AcceptAsync(Proxy.Token);
        }

        Assert.False(_user.Poll(TimeSpan.Zero, SelectMode.SelectRead));
    }

    public void Dispose() => _user.Dispose();

    private IPEndPoint EndPoint => (IPEndPoint)_user.LocalEndPoint!;
}
