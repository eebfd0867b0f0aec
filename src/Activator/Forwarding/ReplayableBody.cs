using System.Buffers;

namespace Knative.Xds.Activation.Forwarding;

/// <summary>A request body whose beginning is remembered, so that a request that reached nobody can be sent again.</summary>
/// <remarks>HttpClient reads a small body before it notices that a kept connection is dead. Beyond the limit nothing is remembered, and the body cannot be replayed.</remarks>
internal sealed class ReplayableBody(Stream inner, int limit) : OneWayStream
{
    private readonly ArrayBufferWriter<byte> _read = new();
    private bool _forgotten;
    private int _replayed;

    public override bool CanRead => true;

    /// <summary>Goes back to the beginning; false when that is not remembered.</summary>
    public bool TryRewind()
    {
        _replayed = 0;
        return !_forgotten;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length > 0 && _replayed < _read.WrittenCount)
        {
            var again = _read.WrittenMemory[_replayed..];
            var length = Math.Min(again.Length, buffer.Length);
            again[..length].CopyTo(buffer);
            _replayed += length;
            return length;
        }

        var read = await inner.ReadAsync(buffer, cancellationToken);
        Remember(buffer.Span[..read]);
        return read;
    }

    private void Remember(ReadOnlySpan<byte> bytes)
    {
        if (_forgotten || _read.WrittenCount + bytes.Length > limit)
        {
            _forgotten = true;
            _read.ResetWrittenCount();
            _replayed = 0;
            return;
        }

        _read.Write(bytes);
        _replayed = _read.WrittenCount;
    }
}
