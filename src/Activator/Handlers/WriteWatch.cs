using Knative.Xds.Activation.Forwarding;

namespace Knative.Xds.Activation.Handlers;

/// <summary>A response body that remembers when it was written to last.</summary>
internal sealed class WriteWatch(Stream inner, TimeProvider time) : OneWayStream
{
    private long _lastWrite = -1;

    public override bool CanWrite => true;

    /// <summary>Never written counts as infinitely long ago.</summary>
    public TimeSpan SinceLastWrite(TimeProvider clock)
    {
        var last = Volatile.Read(ref _lastWrite);
        return last < 0 ? TimeSpan.MaxValue : clock.GetElapsedTime(last);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Note();
        return inner.WriteAsync(buffer, cancellationToken);
    }

    private void Note() => Volatile.Write(ref _lastWrite, time.GetTimestamp());
}
