using System.Collections.Immutable;
using System.Globalization;
using Google.Protobuf;
using Google.Rpc;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>The server's side of one ADS stream: message in, effects out; no task, no clock, no logger.</summary>
/// <remarks>Not thread-safe: its shell feeds it one input at a time and carries out the effects in order.
/// At most one response per type is in flight; a slow client is sent the newest version alone.</remarks>
public abstract class StreamMachine<TRequest> where TRequest : IMessage
{
    private readonly List<StreamEffect> _effects = [];
    private readonly StreamPolicy _policy;
    private long _nonce;
    private bool _identified;
    private bool _ended;

    private protected StreamMachine(StreamPolicy policy, ResourceSnapshot snapshot)
    {
        _policy = policy;
        Stream = new StreamState(policy, snapshot);
    }

    /// <summary>Whether something waits for the client (a warming cluster, a scope's routes): after a time limit, call <see cref="ReleaseHolds"/>.</summary>
    public bool IsHolding => Stream.IsHolding;

    /// <summary>What the client has taken and holds.</summary>
    public ImmutableArray<(ResourceId Id, string Version)> Held =>
    [
        .. ResourceTypes.All.SelectMany(type => Stream[type].Client
            .Where(entry => entry.Value.AcceptedVersion is not null)
            .Select(entry => (new ResourceId(type, entry.Key), entry.Value.AcceptedVersion!))),
    ];

    private protected StreamState Stream { get; }

    /// <summary>Applies a client's message.</summary>
    public ImmutableArray<StreamEffect> OnRequest(TRequest request)
    {
        Apply(request);
        foreach (var type in ResourceTypes.All)
        {
            ReportTaken(type, Stream[type].TakeDropped());
        }

        return Flush();
    }

    /// <summary>Applies the newest resources; those in between may be skipped.</summary>
    public ImmutableArray<StreamEffect> OnSnapshot(ResourceSnapshot snapshot)
    {
        Stream.Absorb(snapshot);
        return Flush();
    }

    /// <summary>Sends what waits, as the client has not answered in time.</summary>
    public ImmutableArray<StreamEffect> ReleaseHolds()
    {
        Stream.Release();
        return Flush();
    }

    /// <summary>What the client has of every type that it asked for.</summary>
    /// <param name="all">Whether the resources that are as they should be are listed too, and not only counted.</param>
    public ImmutableArray<HeldType> Describe(bool all) =>
        [.. ResourceTypes.All.Where(type => Stream[type].IsKnown).Select(type => HeldTypes.Of(Stream[type], Stream.Snapshot[type], all))];

    private protected abstract void Apply(TRequest request);

    /// <summary>Takes out of a selection what this variant cannot say.</summary>
    private protected abstract void Restrict(TypeState state, Selection selection);

    private protected abstract IMessage Encode(TypeState state, Selection selection, string nonce);

    /// <summary>Finds the conversation that a message belongs to; null when the message is to be ignored or has ended the stream.</summary>
    private protected TypeState? Open(string typeUrl, string? nodeId, out bool first)
    {
        first = false;
        _identified |= !string.IsNullOrEmpty(nodeId);
        if (!_identified)
        {
            return End(StreamEndReason.InvalidRequest, "the first request of a stream must carry node.id");
        }

        if (typeUrl.Length == 0)
        {
            return End(StreamEndReason.InvalidRequest, "a request on an aggregated stream must carry type_url");
        }

        // Silence for types that we do not have: new clients ask for new types, and the others must go on.
        // The same for types that this client may not have: it learns nothing, not even that there is something.
        return ResourceTypes.TryParse(typeUrl, out var type) && !_policy.Withheld.Contains(type) ? Open(Stream[type], out first) : null;
    }

    /// <summary>Whether a subscription stays within the policy; otherwise the stream ends.</summary>
    private protected bool Allows(TypeState state, IReadOnlyCollection<string> names)
    {
        if (state.Subscription.Names.Count + names.Count > _policy.MaxNames && names.Count(name => !state.Subscription.Names.Contains(name)) + state.Subscription.Names.Count > _policy.MaxNames)
        {
            End(StreamEndReason.TooMany, $"more than {_policy.MaxNames} names for {state.Type.TypeUrl()}");
        }
        else if (names.Any(name => name.Length > _policy.MaxNameLength))
        {
            End(StreamEndReason.TooMany, $"a name longer than {_policy.MaxNameLength} characters for {state.Type.TypeUrl()}");
        }

        return !_ended;
    }

    /// <summary>Applies the answer to the response in flight; a stale nonce answers nothing.</summary>
    private protected void Answer(TypeState state, string nonce, Status? error)
    {
        if (state.InFlight is null || state.InFlight.Nonce != nonce)
        {
            return;
        }

        _effects.Add(error is null
            ? new StreamEffect.Acked(state.Type, state.Accept())
            : new StreamEffect.Nacked(state.Type, state.Reject(), error.Message));
    }

    /// <summary>Reports what a client holds or dropped that no ACK tells: what it took on a former stream, what it lost interest in.</summary>
    private protected void ReportTaken(ResourceType type, ImmutableArray<AckedResource> resources)
    {
        if (!resources.IsEmpty)
        {
            _effects.Add(new StreamEffect.Acked(type, resources));
        }
    }

    private TypeState Open(TypeState state, out bool first)
    {
        first = !state.IsKnown;
        if (first)
        {
            state.IsKnown = true;
            state.Sequence = Stream.Snapshot[state.Type].Sequence;
            _effects.Add(new StreamEffect.Subscribed(state.Type));
        }

        return state;
    }

    private TypeState? End(StreamEndReason reason, string message)
    {
        _ended = true;
        _effects.Add(new StreamEffect.End(reason, message));
        return null;
    }

    private ImmutableArray<StreamEffect> Flush()
    {
        foreach (var type in ResourceTypes.All)
        {
            if (!_ended && Stream.IsDue(Stream[type]))
            {
                Push(Stream[type]);
            }
        }

        var effects = _effects.ToImmutableArray();
        _effects.Clear();
        return effects;
    }

    private void Push(TypeState state)
    {
        var selection = Stream.Select(state);
        Restrict(state, selection);
        if (selection.IsEmpty && !state.OwesResponse)
        {
            return;
        }

        var nonce = (++_nonce).ToString(CultureInfo.InvariantCulture);
        state.Offer(selection, nonce);
        state.RetireAliases(_policy.MaxAliases);
        _effects.Add(new StreamEffect.Send(state.Type, Encode(state, selection, nonce)));
        if (state.Type == ResourceType.Cluster)
        {
            Stream.ForceAssignments(selection.Updates);
        }
    }
}
