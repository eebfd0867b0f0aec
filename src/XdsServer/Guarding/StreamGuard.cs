using Envoy.Config.Core.V3;
using Grpc.Core;
using Knative.Xds.XdsServer.Security;

namespace Knative.Xds.XdsServer.Guarding;

/// <summary>Holds one stream to the limits.</summary>
/// <remarks>Every refusal has a gRPC status, a log line and a count by reason.</remarks>
internal sealed class StreamGuard : IDisposable
{
    private readonly StreamGuards _guards;
    private readonly HttpContext _context;
    private readonly RequestBudget _budget;
    private readonly List<IDisposable> _entries = [];
    private string _nodeId = "";

    public StreamGuard(StreamGuards guards, HttpContext context)
    {
        (_guards, _context) = (guards, context);
        Peer = StreamPeer.Of(context, guards.Options);
        _budget = new(guards.Options.RequestBurst, guards.Options.RequestsPerSecond, guards.Time);
        Enter(guards.Peers, Peer.Key, guards.Options.MaxStreamsPerPeer, "streams_per_peer", $"{Peer}");
    }

    /// <summary>The other end of the connection.</summary>
    public StreamPeer Peer { get; }

    /// <summary>Counts and logs a refusal.</summary>
    /// <returns>What to throw.</returns>
    public RpcException Refuse(StatusCode status, string reason, string message)
    {
        _guards.Metrics.Refused(reason);
        SecurityLog.Refused(_guards.Logger, _nodeId.Length > 0 ? $"{Peer} ({_nodeId})" : $"{Peer}", reason, message);
        return new RpcException(new Status(status, message));
    }

    /// <summary>Waits until it is this stream's turn to come in.</summary>
    public async Task TurnAsync(CancellationToken cancellationToken)
    {
        if (_guards.Pace.TakeTurn() is not { } wait)
        {
            throw Refuse(StatusCode.Unavailable, "stream_rate", $"too many streams open at once: more than {_guards.Options.NewStreamsPerSecond} per second, and {_guards.Options.NewStreamWait} of others that wait");
        }

        if (wait > TimeSpan.Zero)
        {
            _guards.Metrics.Delayed();
            await Task.Delay(wait, _guards.Time, cancellationToken);
        }
    }

    /// <summary>Waits for the first request, but not for ever.</summary>
    public async Task<bool> InTimeAsync(Task<bool> first, CancellationToken cancellationToken)
    {
        try
        {
            return await first.WaitAsync(_guards.Options.FirstRequestLimit, _guards.Time, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw Refuse(StatusCode.DeadlineExceeded, "first_request", $"no request came within {_guards.Options.FirstRequestLimit}");
        }
    }

    /// <summary>Checks what the client says about itself.</summary>
    public void CheckNode(Node? node)
    {
        if (string.IsNullOrEmpty(node?.Id))
        {
            throw Refuse(StatusCode.InvalidArgument, "node", "the first request of a stream must carry node.id");
        }

        if (node.CalculateSize() is var size && size > _guards.Options.MaxNodeBytes)
        {
            throw Refuse(StatusCode.ResourceExhausted, "node_size", $"node has {size} bytes, more than {_guards.Options.MaxNodeBytes}");
        }

        _nodeId = node.Id;
        Enter(_guards.Nodes, $"{Peer.Key}\n{Peer.Address}\n{node.Id}", _guards.Options.MaxStreamsPerNode, "streams_per_node", $"node {node.Id} at {Peer.Address}");
    }

    /// <summary>Checks that the client may be what it says: a gateway by the port that it came by, and everybody's claims against the certificate.</summary>
    public void CheckIdentity(NodeClaims claims, bool isGateway)
    {
        if (isGateway && Peer.IsClientOnly)
        {
            throw Refuse(StatusCode.PermissionDenied, "identity", "this port is for gRPC clients; gateways connect to --listen");
        }

        if (_guards.Identities.WhyNot(Peer, claims) is { } problem)
        {
            throw Refuse(StatusCode.PermissionDenied, "identity", problem);
        }
    }

    /// <summary>Waits until the stream may send one request more: beyond its rate it is read later, and not ended, as those who connect to a gateway decide how much it asks for.</summary>
    public async Task PaceAsync(CancellationToken cancellationToken)
    {
        if (_budget.TrySpend())
        {
            return;
        }

        _guards.Metrics.RequestDelayed();
        do
        {
            await Task.Delay(TimeSpan.FromSeconds(1.0 / Math.Max(1, _guards.Options.RequestsPerSecond)), _guards.Time, cancellationToken);
        }
        while (!_budget.TrySpend());
    }

    /// <summary>Checks one request.</summary>
    public void CheckRequest(ICollection<string> heldNames)
    {
        if (heldNames.Count > _guards.Options.MaxNames || heldNames.Any(name => name.Length > _guards.Options.MaxNameLength))
        {
            throw Refuse(StatusCode.ResourceExhausted, "names", $"initial_resource_versions holds more than {_guards.Options.MaxNames} names, or one longer than {_guards.Options.MaxNameLength} characters");
        }
    }

    /// <summary>Ends a stream at some age, so that its client shows its certificate again, and may come to a replica that was not there when it began.</summary>
    /// <param name="end">Ends the stream.</param>
    public void LimitAge(Action end)
    {
        if (_guards.AgeOf(Peer) is { } age)
        {
            _entries.Add(_guards.Time.CreateTimer(
                _ =>
                {
                    // Without it the next stream would come by the same connection: to the same replica, and no certificate would be looked at.
                    _context.Connection.RequestClose();
                    end();
                },
                null, age, Timeout.InfiniteTimeSpan));
        }
    }

    /// <summary>A response goes out: its answer costs nothing.</summary>
    public void ExpectAnswer() => _budget.ExpectAnswer();

    /// <summary>Waits until the client has room for a response, but not for ever.</summary>
    public async Task ReadInTimeAsync(Task written, CancellationToken cancellationToken)
    {
        try
        {
            await written.WaitAsync(_guards.Options.WriteTimeout, _guards.Time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // What is written already would wait on: only a reset frees the stream.
            _context.Abort();
            throw Refuse(StatusCode.DeadlineExceeded, "unread", $"a response was left unread for {_guards.Options.WriteTimeout}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _entries.ForEach(entry => entry.Dispose());

    private void Enter(StreamCensus census, string key, int limit, string reason, string whose)
    {
        var entry = census.TryEnter(key, limit) ?? throw Refuse(StatusCode.ResourceExhausted, reason, $"{whose} has {limit} streams already");
        _entries.Add(entry);
    }
}
