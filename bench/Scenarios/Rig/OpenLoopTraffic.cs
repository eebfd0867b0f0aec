using System.Collections.Concurrent;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>Sends requests at a fixed rate to random hosts, whatever becomes of the earlier ones; latency counts from the intended moment.</summary>
internal sealed class OpenLoopTraffic : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<string, int> _failures = new();
    private readonly ConcurrentQueue<double> _latencies = new();
    private readonly Func<(GatewayClient Gateway, string Host)> _next;
    private readonly Func<string, string, bool> _isGood;
    private readonly double _perSecond;
    private readonly Task _loop;
    private int _inFlight;
    private long _sent;

    /// <summary>Starts sending.</summary>
    /// <param name="perSecond">Requests per second.</param>
    /// <param name="next">Whom to ask for which host.</param>
    /// <param name="isGood">Whether an answer is right for a host.</param>
    public OpenLoopTraffic(double perSecond, Func<(GatewayClient Gateway, string Host)> next, Func<string, string, bool> isGood)
    {
        (_perSecond, _next, _isGood) = (perSecond, next, isGood);
        // On a thread of its own: the platform's timers count in steps of the kernel's clock, up to 4 ms.
        _loop = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Requests sent.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Requests that were not answered as they should be.</summary>
    public int Failed => _failures.Values.Sum();

    /// <summary>Wrong answers and how often they came.</summary>
    public IReadOnlyDictionary<string, int> Failures => _failures;

    /// <summary>Takes the latencies since the last call, in ms.</summary>
    public double[] TakeLatencies()
    {
        var taken = new List<double>(_latencies.Count);
        while (_latencies.TryDequeue(out var latency))
        {
            taken.Add(latency);
        }

        return [.. taken];
    }

    /// <summary>Stops sending and waits for every answer.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _loop;
        while (Volatile.Read(ref _inFlight) > 0)
        {
            await Task.Delay(Tick, TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private void Run()
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!_stopping.Token.WaitHandle.WaitOne(Tick))
        {
            var due = (long)(TimeProvider.System.GetElapsedTime(start).TotalSeconds * _perSecond);
            while (_sent < due)
            {
                var intended = TimeSpan.FromSeconds(_sent / _perSecond);
                Interlocked.Increment(ref _sent);
                Interlocked.Increment(ref _inFlight);
                ThreadPool.QueueUserWorkItem(_ => _ = AskAsync(start, intended), null);
            }
        }
    }

    private async Task AskAsync(long start, TimeSpan intended)
    {
        var (gateway, host) = _next();
        var answer = await gateway.AskAsync(host, CancellationToken.None);
        _latencies.Enqueue((TimeProvider.System.GetElapsedTime(start) - intended).TotalMilliseconds);
        if (!_isGood(host, answer))
        {
            _failures.AddOrUpdate(answer, 1, (_, count) => count + 1);
        }

        Interlocked.Decrement(ref _inFlight);
    }
}
