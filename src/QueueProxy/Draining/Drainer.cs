namespace Knative.Xds.QueueProxy.Draining;

/// <summary>Waits, once asked, until no request has arrived for the quiet period; until then and after, probes are to fail.</summary>
/// <remarks>
/// Threading: every member may be called from anywhere; a request costs one store.
/// Source: knative/pkg network/handlers/drain.go.
/// </remarks>
internal sealed class Drainer(TimeProvider timeProvider, TimeSpan quietPeriod) : IDisposable
{
    private readonly Lock _lock = new();
    private long _lastRequest;
    private TaskCompletionSource? _drained;
    private ITimer? _timer;

    public bool IsDraining => Volatile.Read(ref _drained) is not null;

    /// <summary>A request that is no probe has arrived.</summary>
    public void NoteRequest() => Volatile.Write(ref _lastRequest, timeProvider.GetTimestamp());

    /// <summary>Starts to drain, or joins the drain under way; ends when it is quiet or <see cref="Reset"/> was called.</summary>
    public Task DrainAsync()
    {
        lock (_lock)
        {
            if (_drained is null)
            {
                NoteRequest();
                _drained = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _timer = timeProvider.CreateTimer(static state => ((Drainer)state!).Check(), this, quietPeriod, Timeout.InfiniteTimeSpan);
            }

            return _drained.Task;
        }
    }

    /// <summary>Leaves the draining state and releases whoever waits for its end.</summary>
    public void Reset() => ResetUnless(static () => false);

    /// <summary>As <see cref="Reset"/>, unless the condition holds at that moment: whoever drains after it became true is not released.</summary>
    public void ResetUnless(Func<bool> condition)
    {
        lock (_lock)
        {
            if (condition())
                return;
            _timer?.Dispose();
            _drained?.TrySetResult();
            _drained = null;
        }
    }

    public void Dispose() => Reset();

    private void Check()
    {
        lock (_lock)
        {
            var left = quietPeriod - timeProvider.GetElapsedTime(Volatile.Read(ref _lastRequest));
            if (_drained is null)
                return;
            if (left <= TimeSpan.Zero)
                _drained.TrySetResult();
            else
                _timer!.Change(left, Timeout.InfiniteTimeSpan);
        }
    }
}
