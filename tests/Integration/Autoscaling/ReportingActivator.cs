using System.Net.WebSockets;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Integration.Autoscaling;

/// <summary>An activator under steady load: it reports each of its revisions once a second, one after the other, to whatever replica it is told, and counts what it could send.</summary>
/// <remarks>Each report says which second it is of, and none is left out: however late one comes, an average over seconds is the concurrency itself, unless one is lost.</remarks>
internal sealed class ReportingActivator : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private readonly CancellationTokenSource _stop = new();
    private readonly IReadOnlyList<ObjectKey> _revisions;
    private readonly double _concurrency;
    private readonly Task _loop;
    private volatile Uri? _target;
    private int _sent;

    public ReportingActivator(IReadOnlyList<ObjectKey> revisions, double concurrency, Uri target)
    {
        (_revisions, _concurrency, _target) = (revisions, concurrency, target);
        _loop = RunAsync();
    }

    /// <summary>Reports in a second.</summary>
    public int Rate => _revisions.Count;

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
        using var timer = new PeriodicTimer(Interval);
        ClientWebSocket? socket = null;
        var connected = _target;
        var next = Newest();
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

                for (; next <= Newest(); next++)
                {
                    await socket.SendAsync(Frame(next), WebSocketMessageType.Binary, true, _stop.Token);
                    Interlocked.Increment(ref _sent);
                }
            }
            catch (WebSocketException)
            {
                socket?.Dispose();
                socket = null;
            }
        }

        socket?.Dispose();
    }

    // Number of the newest report that is due: so many are due in each second.
    private long Newest() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * Rate / 1000;

    private byte[] Frame(long report)
    {
        var stat = new Stat { PodName = "activator-1", AverageConcurrentRequests = _concurrency, RequestCount = _concurrency, Timestamp = report / Rate };
        return StatCodec.EncodeBatch([new StatMessage(_revisions[(int)(report % Rate)], stat)]);
    }
}
