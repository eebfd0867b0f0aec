using Knative.Xds.Exchanges;

namespace Knative.Xds.QueueProxy.Tests;

/// <summary>A body of zeros that tells how much of it has been taken.</summary>
internal sealed class LongBody(long length) : OneWayStream
{
    private long _given;

    public long Given => Volatile.Read(ref _given);

    public override bool CanRead => true;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var part = (int)Math.Min(buffer.Length, length - Given);
        buffer.Span[..part].Clear();
        Volatile.Write(ref _given, Given + part);
        return ValueTask.FromResult(part);
    }
}
