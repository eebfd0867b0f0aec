namespace Knative.Xds.Activation.Handlers;

/// <summary>A response body that remembers when it was written to last.</summary>
internal sealed class WriteWatch(Stream inner, TimeProvider time) : Stream
{
    private long _lastWrite = -1;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Never written counts as infinitely long ago.</summary>
    public TimeSpan SinceLastWrite(TimeProvider clock)
    {
        var last = Volatile.Read(ref _lastWrite);
        return last < 0 ? TimeSpan.MaxValue : clock.GetElapsedTime(last);
    }

    public override void Flush() => inner.Flush();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count)
    {
        Note();
        inner.Write(buffer, offset, count);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Note();
        return inner.WriteAsync(buffer, cancellationToken);
    }

    private void Note() => Volatile.Write(ref _lastWrite, time.GetTimestamp());
}
