using System.Net.WebSockets;

namespace Knative.Xds.Autoscaler.Tests.Sharding;

/// <summary>Reports once a second, over one connection.</summary>
internal sealed class SteadyStats : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public SteadyStats(Func<byte[]> frame, Uri address) => _loop = RunAsync(frame, address);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync(Func<byte[]> frame, Uri address)
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(address, _stop.Token);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        do
        {
            await socket.SendAsync(frame(), WebSocketMessageType.Binary, true, _stop.Token);
        }
        while (await timer.WaitForNextTickAsync(_stop.Token));
    }
}
