using System.Buffers;
using Knative.Xds.Exchanges;

namespace Knative.Xds.Activation.Forwarding;

/// <summary>A request body whose beginning is remembered, so that a request that reached nobody can be sent again.</summary>
/// <remarks>HttpClient reads a small body before it notices that a kept connection is dead. Beyond the limit nothing is remembered, and the body cannot be replayed.</remarks>
internal sealed class ReplayableBody(Stream inner, int limit) : OneWayStream
{
    private ArrayBufferWriter<byte>? _read;
    private bool _forgotten;
    private int _replayed;

    public override bool CanRead => true;

    /// <summary>Bytes that came from the client so far.</summary>
    public long Received { get; private set; }

    /// <summary>Goes back to the beginning; false when that is not remembered.</summary>
    public bool TryRewind()
    {
        _replayed = 0;
        return !_forgotten;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length > 0 && _read is { } remembered && _replayed < remembered.WrittenCount)
        {
            var again = remembered.WrittenMemory[_replayed..];
            var length = Math.Min(again.Length, buffer.Length);
            again[..length].CopyTo(buffer);
            _replayed += length;
            return length;
        }

        var read = await inner.ReadAsync(buffer, cancellationToken);
        Received += read;
        Remember(buffer.Span[..read]);
        return read;
    }

    /// <summary>Remembers nothing any more: the request has reached somebody.</summary>
    public void Forget()
    {
        if (!_forgotten)
        {
            _forgotten = true;
            _read = null;
            _replayed = 0;
        }
    }

    private void Remember(ReadOnlySpan<byte> bytes)
    {
        if (_forgotten || bytes.IsEmpty)
        {
            return;
        }

        if ((_read?.WrittenCount ?? 0) + bytes.Length > limit)
        {
            Forget();
            return;
        }

        _read ??= new ArrayBufferWriter<byte>();
        _read.Write(bytes);
        _replayed = _read.WrittenCount;
    }
}
