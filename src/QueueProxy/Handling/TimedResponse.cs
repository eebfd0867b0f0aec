using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>Stands between a request's handler and its response: knows when the response was last written to, and cancels the handler when a limit is reached.</summary>
/// <remarks>Threading: the handler writes, the timer expires; <see cref="_lock"/> decides whether the request ends before its timer.</remarks>
internal sealed class TimedResponse : Stream, IHttpResponseBodyFeature, IHttpRequestLifetimeFeature, IHttpResetFeature
{
    private readonly Lock _lock = new();
    private readonly IFeatureCollection _features;
    private readonly IHttpResponseBodyFeature _body;
    private readonly IHttpRequestLifetimeFeature _lifetime;
    private readonly IHttpResetFeature? _reset;
    private readonly CancellationTokenSource _cancellation;
    private readonly TimeoutPolicy _policy;
    private readonly TimeProvider _timeProvider;
    private readonly long _arrival;
    private readonly ITimer _timer;
    private long _lastWrite;
    private bool _ended;

    public TimedResponse(IFeatureCollection features, TimeoutPolicy policy, TimeProvider timeProvider)
    {
        _features = features;
        _body = features.GetRequiredFeature<IHttpResponseBodyFeature>();
        _lifetime = features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        _reset = features.Get<IHttpResetFeature>();
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(_lifetime.RequestAborted);
        RequestAborted = _cancellation.Token;
        (_policy, _timeProvider) = (policy, timeProvider);
        _arrival = timeProvider.GetTimestamp();
        Attach();
        _timer = timeProvider.CreateTimer(static state => ((TimedResponse)state!).OnTimer(), this, policy.Left(TimeSpan.Zero, null), Timeout.InfiniteTimeSpan);
    }

    public bool Expired { get; private set; }

    public CancellationToken RequestAborted { get; set; }

    Stream IHttpResponseBodyFeature.Stream => this;

    public PipeWriter Writer => _body.Writer;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>The response has got its headers or more of its body.</summary>
    public void MarkWritten() => Volatile.Write(ref _lastWrite, _timeProvider.GetTimestamp());

    /// <summary>The handler is done: gives the response back to the server.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended = true;
        }

        _timer.Dispose();
        _features.Set(_body);
        _features.Set(_lifetime);
        if (_reset is not null)
            _features.Set(_reset);
        _cancellation.Dispose();
    }

    // Once expired the end of the response is ours, so the handler's reaction to its cancellation must not cut the connection.
    public void Abort()
    {
        if (!Expired)
            _lifetime.Abort();
    }

    void IHttpResetFeature.Reset(int errorCode)
    {
        if (!Expired)
            _reset!.Reset(errorCode);
    }

    public void DisableBuffering() => _body.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        MarkWritten();
        return _body.StartAsync(cancellationToken);
    }

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task CompleteAsync() => _body.CompleteAsync();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Expired)
            return ValueTask.FromCanceled(RequestAborted);
        MarkWritten();
        return _body.Stream.WriteAsync(buffer, cancellationToken);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) =>
        Expired ? Task.CompletedTask : _body.Stream.FlushAsync(cancellationToken);

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private void Attach()
    {
        _features.Set<IHttpResponseBodyFeature>(this);
        _features.Set<IHttpRequestLifetimeFeature>(this);
        if (_reset is not null)
            _features.Set<IHttpResetFeature>(this);
    }

    private void OnTimer()
    {
        lock (_lock)
        {
            if (_ended)
                return;
            var written = Volatile.Read(ref _lastWrite);
            var left = _policy.Left(_timeProvider.GetElapsedTime(_arrival), written == 0 ? null : _timeProvider.GetElapsedTime(written));
            if (left != TimeSpan.Zero)
            {
                _timer.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }

            Expired = true;
        }

        try
        {
            _cancellation.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The handler ended in between; its caller sees Expired.
        }
    }
}
