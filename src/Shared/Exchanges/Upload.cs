using Knative.Xds.Limits;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Exchanges;

/// <summary>A request's body, which stands still from one reading to the next: whoever reads on has got rid of what was read before.</summary>
/// <remarks>Threading: one reader at a time; <see cref="TransferBudget"/> may end the request from anywhere.</remarks>
internal sealed class Upload : OneWayStream
{
    private readonly Lock _gate = new();
    private readonly IHttpRequestLifetimeFeature _lifetime;
    private readonly Stream _inner;
    private readonly TransferBudget _transfers;
    private readonly Transfer _transfer;
    private volatile bool _ended;
    private volatile bool _isWhole;

    public Upload(HttpContext context, TransferBudget transfers)
    {
        (_lifetime, _inner, _transfers) = (context.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>(), context.Request.Body, transfers);
        _transfer = (_lifetime as TimedExchange)?.Response.Beside(GiveUp) ?? new Transfer(GiveUp);
    }

    public override bool CanRead => true;

    /// <summary>Whether it has been read to its end.</summary>
    public bool IsWhole => _isWhole;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        GoOn();
        var read = await _inner.ReadAsync(buffer, cancellationToken);
        if (read > 0)
        {
            Stand();
        }
        else if (buffer.Length > 0)
        {
            _isWhole = true;
        }

        return read;
    }

    /// <summary>What was read is with its receiver.</summary>
    public void GoOn() => _transfers.GoOn(_transfer);

    /// <summary>The request is over.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
        }

        GoOn();
    }

    private void Stand()
    {
        _transfers.Stand(_transfer, Transfer.LargeBuffer);
        // The end may have come in between.
        if (_ended)
        {
            GoOn();
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
}
