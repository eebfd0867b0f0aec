using Knative.Xds.Activation.Revisions;

namespace Knative.Xds.Activation.Handlers;

/// <summary>The time limits of one request, and the client's patience, in one token.</summary>
internal sealed class RequestExpiry : IDisposable
{
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _expired;
    private readonly CancellationTokenSource _either;
    private readonly ITimer? _start;
    private readonly ITimer? _idle;

    public RequestExpiry(HttpContext context, RequestTimeouts timeouts, TimeProvider time)
    {
        _time = time;
        var overall = timeouts.Overall > TimeSpan.Zero ? timeouts.Overall : Timeout.InfiniteTimeSpan;
        _expired = new CancellationTokenSource(overall, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _expired.Token);
        if (timeouts.ResponseStart > TimeSpan.Zero)
        {
            _start = time.CreateTimer(_ => ExpireUnless(context.Response.HasStarted), null, timeouts.ResponseStart, Timeout.InfiniteTimeSpan);
        }

        if (timeouts.Idle > TimeSpan.Zero)
        {
            var writes = new WriteWatch(context.Response.Body, time);
            context.Response.Body = writes;
            _idle = time.CreateTimer(_ => CheckIdle(writes, timeouts.Idle), null, timeouts.Idle, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Fires when a limit is reached or the client is gone.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>Whether a limit was reached.</summary>
    public bool HasExpired => _expired.IsCancellationRequested;

    public void Dispose()
    {
        _start?.Dispose();
        _idle?.Dispose();
        _either.Dispose();
        _expired.Dispose();
    }

    private void CheckIdle(WriteWatch writes, TimeSpan limit)
    {
        var idle = writes.SinceLastWrite(_time);
        if (idle >= limit)
        {
            ExpireUnless(false);
        }
        else
        {
            _idle?.Change(limit - idle, Timeout.InfiniteTimeSpan);
        }
    }

    private void ExpireUnless(bool fine)
    {
        if (fine)
        {
            return;
        }

        try
        {
            _expired.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The request ended while the timer fired.
        }
    }
}
