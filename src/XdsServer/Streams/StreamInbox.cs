using System.Threading.Channels;

namespace Knative.Xds.XdsServer.Streams;

/// <summary>What waits for one stream's loop: requests in order (a few at most, then the client is held back), one mark each for newer resources, for the clock and for questions.</summary>
internal sealed class StreamInbox<TRequest>
{
    private const int MaxRequests = 16;
    private readonly Channel<TRequest> _requests = Channel.CreateBounded<TRequest>(new BoundedChannelOptions(MaxRequests) { SingleReader = true, SingleWriter = true });
    // One signal for each input; at most MaxRequests + 4.
    private readonly Channel<bool> _signals = Channel.CreateUnbounded<bool>(new UnboundedChannelOptions { SingleReader = true });
    private int _newer;
    private int _ticked;
    private int _asked;

    /// <summary>Marks newer resources.</summary>
    public void Wake()
    {
        if (Interlocked.Exchange(ref _newer, 1) == 0)
        {
            _signals.Writer.TryWrite(true);
        }
    }

    /// <summary>Marks that a second has passed.</summary>
    public void Tick()
    {
        if (Interlocked.Exchange(ref _ticked, 1) == 0)
        {
            _signals.Writer.TryWrite(true);
        }
    }

    /// <summary>Marks that someone asks what the client has.</summary>
    public void Ask()
    {
        if (Interlocked.Exchange(ref _asked, 1) == 0)
        {
            _signals.Writer.TryWrite(true);
        }
    }

    /// <summary>Adds a request.</summary>
    public async ValueTask AddAsync(TRequest request, CancellationToken cancellationToken)
    {
        await _requests.Writer.WriteAsync(request, cancellationToken);
        _signals.Writer.TryWrite(true);
    }

    /// <summary>No request follows.</summary>
    public void Complete()
    {
        _requests.Writer.TryComplete();
        _signals.Writer.TryWrite(true);
    }

    /// <summary>Waits for the next input; requests come first, so that a flood of changes does not keep a client waiting. Null: the client has ended the stream.</summary>
    public async ValueTask<StreamInput<TRequest>?> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _signals.Reader.ReadAsync(cancellationToken);
            if (_requests.Reader.TryRead(out var request))
            {
                return new(StreamInputKind.Request, request);
            }

            if (Interlocked.Exchange(ref _newer, 0) == 1)
            {
                return new(StreamInputKind.Newer, default);
            }

            if (Interlocked.Exchange(ref _ticked, 0) == 1)
            {
                return new(StreamInputKind.Tick, default);
            }

            if (Interlocked.Exchange(ref _asked, 0) == 1)
            {
                return new(StreamInputKind.Question, default);
            }

            if (_requests.Reader.Completion.IsCompleted)
            {
                return null;
            }
        }
    }
}
