using System.Buffers;
using Knative.Xds.Activation.Throttling;
using Knative.Xds.Exchanges;

namespace Knative.Xds.Activation.Forwarding;

/// <summary>A request body whose beginning is remembered, so that a request that reached nobody can be sent again.</summary>
/// <remarks>HttpClient reads a small body before it notices that a kept connection is dead. Beyond the limit, or the budget of all, nothing is remembered, and the body cannot be replayed.
/// Threading: one reader at a time; whoever has the response forgets meanwhile.</remarks>
internal sealed class ReplayableBody(HttpContext context, int limit, RequestBudgets budgets) : OneWayStream
{
    private readonly Lock _gate = new();
    private readonly Upload _upload = new(context, budgets.Transfers);
    private ArrayBufferWriter<byte>? _read;
    private bool _forgotten;
    private int _replayed;

    public override bool CanRead => true;

    /// <summary>Bytes that came from the client so far.</summary>
    public long Received { get; private set; }

    /// <summary>Whether it has been read to its end.</summary>
    public bool IsWhole
    {
        get
        {
            lock (_gate)
            {
                return _upload.IsWhole && _replayed == (_read?.WrittenCount ?? 0);
            }
        }
    }

    /// <summary>Goes back to the beginning; false when that is not remembered.</summary>
    public bool TryRewind()
    {
        lock (_gate)
        {
            _replayed = 0;
            return !_forgotten;
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Replay(buffer.Span) is var replayed and > 0)
        {
            _upload.GoOn();
            return replayed;
        }

        var read = await _upload.ReadAsync(buffer, cancellationToken);
        Received += read;
        Remember(buffer.Span[..read]);
        return read;
    }

    /// <summary>Remembers nothing any more: the request has reached somebody.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            if (!_forgotten)
            {
                _forgotten = true;
                budgets.Bodies.Give(_read?.WrittenCount ?? 0);
                _read = null;
                _replayed = 0;
            }
        }
    }

    /// <summary>The request is over: gives back what it held.</summary>
    public void End()
    {
        _upload.End();
        Forget();
    }

    private int Replay(Span<byte> buffer)
    {
        lock (_gate)
        {
            if (_read is not { } remembered || _replayed == remembered.WrittenCount)
            {
                return 0;
            }

            var again = remembered.WrittenSpan[_replayed..];
            var length = Math.Min(again.Length, buffer.Length);
            again[..length].CopyTo(buffer);
            _replayed += length;
            return length;
        }
    }

    private void Remember(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_forgotten || bytes.IsEmpty)
            {
                return;
            }

            if ((_read?.WrittenCount ?? 0) + bytes.Length > limit || !budgets.Bodies.TryTake(bytes.Length))
            {
                Forget();
                return;
            }

            _read ??= new ArrayBufferWriter<byte>();
            _read.Write(bytes);
            _replayed = _read.WrittenCount;
        }
    }
}
