using System.Buffers;
using Knative.Xds.Activation.Throttling;
using Knative.Xds.Exchanges;
using Knative.Xds.Limits;

namespace Knative.Xds.Activation.Forwarding;

/// <summary>A request body whose beginning is remembered, so that a request that reached nobody can be sent again.</summary>
/// <remarks>HttpClient reads a small body before it notices that a kept connection is dead. Beyond the limit, or the budget of all, nothing is remembered, and the body cannot be replayed.
/// Threading: one reader at a time; <see cref="TransferBudget"/> may end the request from anywhere.</remarks>
internal sealed class ReplayableBody : OneWayStream
{
    private readonly Lock _gate = new();
    private readonly HttpContext _context;
    private readonly Stream _inner;
    private readonly int _limit;
    private readonly RequestBudgets _budgets;
    private readonly Transfer _transfer;
    private ArrayBufferWriter<byte>? _read;
    private bool _forgotten;
    private volatile bool _ended;
    private int _replayed;

    public ReplayableBody(HttpContext context, int limit, RequestBudgets budgets)
    {
        (_context, _inner, _limit, _budgets) = (context, context.Request.Body, limit, budgets);
        _transfer = new Transfer(GiveUp);
    }

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
        // Whoever reads on has got rid of what was read before.
        _budgets.Transfers.GoOn(_transfer);
        if (buffer.Length > 0 && _read is { } remembered && _replayed < remembered.WrittenCount)
        {
            var again = remembered.WrittenMemory[_replayed..];
            var length = Math.Min(again.Length, buffer.Length);
            again[..length].CopyTo(buffer);
            _replayed += length;
            return length;
        }

        var read = await _inner.ReadAsync(buffer, cancellationToken);
        Received += read;
        Remember(buffer.Span[..read]);
        if (read > 0)
        {
            Stand();
        }

        return read;
    }

    /// <summary>Remembers nothing any more: the request has reached somebody.</summary>
    public void Forget()
    {
        if (!_forgotten)
        {
            _forgotten = true;
            _budgets.Bodies.Give(_read?.WrittenCount ?? 0);
            _read = null;
            _replayed = 0;
        }
    }

    /// <summary>The request is over: gives back what it held.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
        }

        _budgets.Transfers.GoOn(_transfer);
        Forget();
    }

    private void Stand()
    {
        _budgets.Transfers.Stand(_transfer, Transfer.LargeBuffer);
        if (_ended)
        {
            _budgets.Transfers.GoOn(_transfer);
        }
    }

    // Under the lock, as the server uses a context that has ended again.
    private void GiveUp()
    {
        lock (_gate)
        {
            if (!_ended)
            {
                _context.Abort();
            }
        }
    }

    private void Remember(ReadOnlySpan<byte> bytes)
    {
        if (_forgotten || bytes.IsEmpty)
        {
            return;
        }

        if ((_read?.WrittenCount ?? 0) + bytes.Length > _limit || !_budgets.Bodies.TryTake(bytes.Length))
        {
            Forget();
            return;
        }

        _read ??= new ArrayBufferWriter<byte>();
        _read.Write(bytes);
        _replayed = _read.WrittenCount;
    }
}
