using Google.Protobuf;
using Grpc.Core;

namespace Knative.Xds.XdsServer.Guarding;

/// <summary>Reads a stream's requests; refuses those beyond the limits by ending the stream, and reads no faster than its rate allows.</summary>
/// <remarks>Threading: one reader.</remarks>
internal sealed class GuardedReader<TRequest>(IAsyncStreamReader<TRequest> inner, StreamGuard guard, RequestReading<TRequest> reading) : IAsyncStreamReader<TRequest>
    where TRequest : class, IMessage
{
    private TRequest? _first;

    /// <summary>The first request, from <see cref="FirstAsync"/> on until <see cref="MoveNext"/> gives it once more.</summary>
    /// <exception cref="InvalidOperationException">It has not come yet, or has been given.</exception>
    public TRequest First => _first ?? throw new InvalidOperationException("the first request is not here");

    /// <inheritdoc/>
    public TRequest Current { get; private set; } = null!;

    /// <summary>Waits for the first request, which says who the client is; <see cref="MoveNext"/> gives it once more. Null: the client has ended the stream.</summary>
    /// <exception cref="RpcException">It does not come, or is beyond the limits.</exception>
    public async Task<TRequest?> FirstAsync(CancellationToken cancellationToken)
    {
        if (!await guard.InTimeAsync(ReadAsync(cancellationToken), cancellationToken))
        {
            return null;
        }

        guard.CheckNode(reading.NodeOf(inner.Current));
        return _first = inner.Current;
    }

    /// <inheritdoc/>
    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        if (_first is not null)
        {
            (Current, _first) = (_first, null);
            return true;
        }

        if (!await ReadAsync(cancellationToken))
        {
            return false;
        }

        Current = inner.Current;
        return true;
    }

    private async Task<bool> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!await inner.MoveNext(cancellationToken))
            {
                return false;
            }
        }
        catch (RpcException tooLarge) when (tooLarge.StatusCode == StatusCode.ResourceExhausted)
        {
            throw guard.Refuse(StatusCode.ResourceExhausted, "message_size", tooLarge.Status.Detail);
        }

        guard.CheckRequest(reading.HeldNamesOf(inner.Current));
        await guard.PaceAsync(cancellationToken);
        return true;
    }
}
