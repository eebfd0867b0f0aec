using System.IO.Pipelines;
using Knative.Xds.Limits;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Exchanges;

/// <summary>Stands between the handlers and a request's response: counts what is written, and cancels them when one of the request's limits is reached.</summary>
/// <remarks>Handlers see a limit as a client that went away. Threading: they write, the timer expires; the lock decides whether the request ends before its timer.</remarks>
internal sealed class TimedExchange : OneWayStream, IHttpResponseBodyFeature, IHttpRequestLifetimeFeature, IHttpResetFeature
{
    private readonly Lock _gate = new();
    private readonly IFeatureCollection _features;
    private readonly IHttpResponseBodyFeature _body;
    private readonly IHttpRequestLifetimeFeature _lifetime;
    private readonly IHttpResetFeature? _reset;
    private readonly CancellationTokenSource _cancellation;
    private readonly TimeLimits _limits;
    private readonly TimeProvider _time;
    private readonly long _arrival;
    private readonly ITimer _timer;
    private readonly TransferBudget? _transfers;
    private Transfer? _response;
    private long _lastWrite;
    private bool _ended;
    private volatile bool _expired;
    private volatile bool _isBroken;

    /// <param name="features">The request's.</param>
    /// <param name="limits">Its limits.</param>
    /// <param name="time">The clock.</param>
    /// <param name="transfers">Who is told of writes that the client lets wait; null where nobody bounds them.</param>
    public TimedExchange(IFeatureCollection features, TimeLimits limits, TimeProvider time, TransferBudget? transfers = null)
    {
        (_features, _transfers) = (features, transfers);
        _body = features.GetRequiredFeature<IHttpResponseBodyFeature>();
        _lifetime = features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        _reset = features.Get<IHttpResetFeature>();
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(_lifetime.RequestAborted);
        RequestAborted = _cancellation.Token;
        (_limits, _time) = (limits, time);
        _arrival = time.GetTimestamp();
        features.Set<IHttpResponseBodyFeature>(this);
        features.Set<IHttpRequestLifetimeFeature>(this);
        if (_reset is not null)
        {
            features.Set<IHttpResetFeature>(this);
        }

        _timer = time.CreateTimer(static state => ((TimedExchange)state!).OnTimer(), this, limits.Left(TimeSpan.Zero, null), Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether a limit was reached.</summary>
    public bool HasExpired => _expired;

    /// <summary>Whether somebody broke the response off.</summary>
    public bool IsBroken => _isBroken;

    /// <summary>Whether the response has come to its end, though the request may not have: there is nothing to be said any more.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Bytes of the response's body so far.</summary>
    public long Written { get; private set; }

    /// <value>What whoever writes the response holds beside what the server has of it: the buffer with which it copies.</value>
    public int CopyBuffer { get; set; } = Transfer.LargeBuffer;

    /// <summary>The response, as what stands still where its client does not take it.</summary>
    public Transfer Response => _response ??= new Transfer(GiveUp);

    /// <summary>Fires when a limit is reached or the client is gone.</summary>
    public CancellationToken RequestAborted { get; set; }

    public Stream Stream => this;

    public PipeWriter Writer => _body.Writer;

    public override bool CanWrite => true;

    /// <summary>The response has got its headers.</summary>
    public void MarkStarted() => NoteWrite(0);

    /// <summary>The handlers are done: gives the response back to the server.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
        }

        _timer.Dispose();
        if (_isBroken)
        {
            BrokenOff.Note(_features);
        }

        _features.Set(_body);
        _features.Set(_lifetime);
        if (_reset is not null)
        {
            _features.Set(_reset);
        }

        _cancellation.Dispose();
    }

    // Once expired the end of the response is ours: what handlers make of their cancellation must not cut the connection.
    // Transfers are given up from elsewhere, where nothing may be done to the features of a request.
    public void Abort()
    {
        if (!_expired)
        {
            _isBroken = true;
            _lifetime.Abort();
        }
    }

    public void Reset(int errorCode)
    {
        if (!_expired)
        {
            _isBroken = true;
            _reset!.Reset(errorCode);
        }
    }

    /// <summary>The response is whole: whoever still reads or sends the request is cancelled, and no limit is reached any more.</summary>
    public void StopRequest()
    {
        lock (_gate)
        {
            if (_expired)
            {
                return;
            }

            _ended = true;
        }

        _cancellation.Cancel();
    }

    public void DisableBuffering() => _body.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        NoteWrite(0);
        return _body.StartAsync(cancellationToken);
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task CompleteAsync()
    {
        lock (_gate)
        {
            if (_expired)
            {
                return Task.CompletedTask;
            }

            IsComplete = true;
        }

        return _body.CompleteAsync();
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_expired)
        {
            return AwaitCancellationAsync();
        }

        NoteWrite(buffer.Length);
        var writing = _body.Stream.WriteAsync(buffer, cancellationToken);
        return writing.IsCompleted || _transfers is null ? writing : StandAsync(writing, _transfers, buffer.Length + CopyBuffer);
    }

    /// <summary>See <see cref="LastPart"/>.</summary>
    public void WriteLast(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_expired)
            {
                return;
            }

            // Nothing has been sent, perhaps: a limit that was reached from now on would take it for a response that has not begun.
            _ended = true;
        }

        NoteWrite(bytes.Length);
        LastPart.Write(_body, bytes);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => _expired ? Task.CompletedTask : _body.Stream.FlushAsync(cancellationToken);

    // A limit is reached a moment before the handlers are cancelled.
    private async ValueTask AwaitCancellationAsync() => await Task.Delay(Timeout.InfiniteTimeSpan, _time, RequestAborted);

    private async ValueTask StandAsync(ValueTask writing, TransferBudget transfers, long bytes)
    {
        transfers.Stand(Response, bytes);
        try
        {
            await writing;
        }
        finally
        {
            transfers.GoOn(Response);
        }
    }

    // Under the lock, as the server uses a context that has ended again.
    private void GiveUp()
    {
        lock (_gate)
        {
            if (!_ended)
            {
                _lifetime.Abort();
            }
        }
    }

    private void NoteWrite(int bytes)
    {
        Written += bytes;
        Volatile.Write(ref _lastWrite, _time.GetTimestamp());
    }

    private void OnTimer()
    {
        lock (_gate)
        {
            if (_ended)
            {
                return;
            }

            var written = Volatile.Read(ref _lastWrite);
            var left = _limits.Left(_time.GetElapsedTime(_arrival), written == 0 ? null : _time.GetElapsedTime(written));
            if (left != TimeSpan.Zero)
            {
                _timer.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }

            _expired = true;
        }

        try
        {
            _cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The handlers ended in between; their caller sees that the time is over.
        }
    }
}
