namespace Knative.Xds.Sandbox.Pods;

/// <summary>The end of a pod: asked for once, its deadline only ever moves closer.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class PodStop : IDisposable
{
    private readonly CancellationTokenSource _requested = new();
    private readonly CancellationTokenSource _kill;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private DateTimeOffset _deadline = DateTimeOffset.MaxValue;
    private bool _disposed;

    public PodStop(TimeProvider time)
    {
        _time = time;
        _kill = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
    }

    /// <summary>Fires when the containers shall end.</summary>
    public CancellationToken Requested => _requested.Token;

    /// <summary>Fires when their time is up.</summary>
    public CancellationToken Kill => _kill.Token;

    /// <summary>Asks for the end within <paramref name="grace"/>.</summary>
    public void Request(TimeSpan grace)
    {
        lock (_lock)
        {
            var deadline = _time.GetUtcNow() + grace;
            if (_disposed || deadline >= _deadline)
            {
                return;
            }

            _deadline = deadline;
            _kill.CancelAfter(grace);
        }

        // Not here: whoever asks must not run what follows from it.
        _ = _requested.CancelAsync();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
        }

        _kill.Dispose();
    }
}
