using System.Net.WebSockets;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Integration.Autoscaling;

/// <summary>An activator under steady load: it reports five times a second to whatever replica it is told, and counts what it could send.</summary>
internal sealed class ReportingActivator : IAsyncDisposable
{
    /// <value>Reports in a second; upstream sends one, so each has this part of the concurrency.</value>
    public const int Rate = 5;
    private readonly CancellationTokenSource _stop = new();
    private readonly ObjectKey _revision;
    private readonly double _concurrency;
    private readonly Task _loop;
    private volatile Uri? _target;
    private int _sent;

    public ReportingActivator(ObjectKey revision, double concurrency, Uri target)
    {
        (_revision, _concurrency, _target) = (revision, concurrency, target);
        _loop = RunAsync();
    }

    /// <summary>Reports that were sent to the present target, over one connection.</summary>
    public int Sent => Volatile.Read(ref _sent);

    /// <summary>Reports go there from now on; null is a pause.</summary>
    public Uri? Target
    {
        get => _target;
        set => _target = value;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / Rate));
        ClientWebSocket? socket = null;
        var connected = _target;
        while (await timer.WaitForNextTickAsync(_stop.Token))
        {
            if (_target is not { } target)
            {
                continue;
            }

            try
            {
                if (socket?.State != WebSocketState.Open || connected != target)
                {
                    socket?.Dispose();
                    (socket, connected) = (new ClientWebSocket(), target);
                    await socket.ConnectAsync(target, _stop.Token);
                    Volatile.Write(ref _sent, 0);
                }

                await socket.SendAsync(Frame(), WebSocketMessageType.Binary, true, _stop.Token);
                Interlocked.Increment(ref _sent);
            }
            catch (WebSocketException)
            {
                socket?.Dispose();
                socket = null;
            }
        }

        socket?.Dispose();
    }

    private byte[] Frame() => StatCodec.EncodeBatch(
        [new StatMessage(_revision, new Stat { PodName = "activator-1", AverageConcurrentRequests = _concurrency / Rate, RequestCount = _concurrency / Rate })]);
}
