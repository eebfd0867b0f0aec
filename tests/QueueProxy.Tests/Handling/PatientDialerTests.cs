using System.Net;
using System.Net.Sockets;
using Knative.Xds.Dialing;
using Knative.Xds.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.QueueProxy.Tests.Handling;

public sealed class PatientDialerTests : IDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _others = [];
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Dial_ListenerHasNoRoomForAWhile_Connects()
    {
        Fill();
        var dialing = new PatientDialer(_time).DialAsync(_listener.LocalEndPoint!, Proxy.Token);
        await AdvanceAsync(steps: 20);
        Assert.False(dialing.IsCompleted);

        _others.Add(await _listener.AcceptAsync(Proxy.Token));
        _others.Add(await _listener.AcceptAsync(Proxy.Token));

        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(Step);
                return dialing.IsCompleted;
            },
            Proxy.Limit);
        using var socket = await dialing;
        Assert.Equal(_listener.LocalEndPoint, new IPEndPoint(((IPEndPoint)socket.RemoteEndPoint!).Address.MapToIPv4(), ((IPEndPoint)socket.RemoteEndPoint!).Port));
    }

    [Fact]
    public async Task Dial_ListenerNeverHasRoom_GivesUpAfterAboutTwentySeconds()
    {
        Fill();
        var started = _time.GetTimestamp();
        var dialing = new PatientDialer(_time).DialAsync(_listener.LocalEndPoint!, Proxy.Token);
        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(Step);
                return dialing.IsCompleted;
            },
            Proxy.Limit);

        var error = await Assert.ThrowsAsync<IOException>(() => dialing);

        Assert.StartsWith($"timed out dialing {_listener.LocalEndPoint} after ", error.Message, StringComparison.Ordinal);
        Assert.InRange(_time.GetElapsedTime(started).TotalSeconds, 15, 40);
    }

    [Fact]
    public async Task Dial_Refused_FailsAtOnce()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        var error = await Assert.ThrowsAsync<SocketException>(() => new PatientDialer(_time).DialAsync(_listener.LocalEndPoint!, Proxy.Token).Within(Proxy.Limit));

        Assert.Equal(SocketError.ConnectionRefused, error.SocketErrorCode);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _others.ForEach(socket => socket.Dispose());
    }

    // Linux keeps one connection more than it is told to.
    private void Fill()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(1);
        for (var i = 0; i < 2; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(_listener.LocalEndPoint!);
            _others.Add(socket);
        }
    }

    private async Task AdvanceAsync(int steps)
    {
        var step = 0;
        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(Step);
                return ++step == steps;
            },
            Proxy.Limit);
    }
}
