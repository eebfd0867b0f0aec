using System.Collections.Immutable;
using System.Globalization;
using Envoy.Config.Core.V3;
using Google.Protobuf;
using Google.Rpc;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Core.Texts;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>The server's side of one ADS stream: message in, effects out; no task, no clock, no logger.</summary>
/// <remarks>Not thread-safe: its shell feeds it one input at a time and carries out the effects in order.
/// At most one response per type is in flight; a slow client is sent the newest version alone.</remarks>
public abstract class StreamMachine<TRequest> where TRequest : IMessage
{
    private const int MaxUnknownTypes = 16;
    private const int MaxTypeLength = 256;

    private readonly List<StreamEffect> _effects = [];
    private readonly HashSet<string> _unknownTypes = new(StringComparer.Ordinal);
    private readonly StreamPolicy _policy;
    private long _heldLength;
    private long _nonce;
    private bool _introduced;
    private bool _identified;
    private bool _ended;

    private protected StreamMachine(StreamPolicy policy, ResourceSnapshot snapshot, bool isStateOfTheWorld)
    {
        _policy = policy;
        Stream = new StreamState(policy, snapshot, isStateOfTheWorld);
    }

    /// <summary>Whether something waits for the client (a warming cluster, a scope's routes).</summary>
    public bool IsHolding => Stream.IsHolding;

    /// <summary>Whether time matters, as an answer of the client is due or something waits for it: once a second, call <see cref="OnTick"/>.</summary>
    public bool NeedsTicks => IsHolding || ResourceTypes.All.Any(type => Stream[type].Unanswered.IsWaiting || IsGoingSilent(Stream[type].Unanswered));

    /// <summary>What the client has taken and holds.</summary>
    public ImmutableArray<(ResourceId Id, string Version)> Held =>
    [
        .. ResourceTypes.All.SelectMany(type => Stream[type].Client.All
            .Where(entry => entry.Value.AcceptedVersion is { Length: > 0 })
            .Select(entry => (new ResourceId(type, entry.Key), entry.Value.AcceptedVersion!))),
    ];

    private protected StreamState Stream { get; }

    private protected StreamPolicy Policy => _policy;

    /// <summary>Whether an empty list of names in a collection's first request means everything. gRPC clients never mean that.</summary>
    private protected bool HasLegacyWildcard { get; private set; } = true;

    /// <summary>Applies a client's message.</summary>
    public ImmutableArray<StreamEffect> OnRequest(TRequest request)
    {
        Apply(request);
        foreach (var type in ResourceTypes.All)
        {
            ReportTaken(type, Stream[type].Client.TakeDropped());
        }

        return Flush();
    }

    /// <summary>Applies the newest resources; those in between may be skipped.</summary>
    public ImmutableArray<StreamEffect> OnSnapshot(ResourceSnapshot snapshot)
    {
        Stream.Absorb(snapshot);
        return Flush();
    }

    /// <summary>Counts a second. What has waited for its limit goes out; a response that stays unanswered holds the next one back no longer.</summary>
    public ImmutableArray<StreamEffect> OnTick()
    {
        foreach (var type in ResourceTypes.All)
        {
            Tick(Stream[type]);
        }

        Stream.Returning.Tick();

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
    private protected TypeState? Open(string typeUrl, Node? node, out bool first)
    {
        first = false;
        if (!_identified && node is { Id.Length: > 0 })
        {
            _identified = true;
            HasLegacyWildcard = !node.UserAgentName.StartsWith("gRPC", StringComparison.Ordinal);
        }

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
        return !ResourceTypes.TryParse(typeUrl, out var type) ? Ignore(typeUrl) : _policy.Withheld.Contains(type) ? null : Open(Stream[type], out first);
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
        else if (IsTooLong(names) && IsTooLong(names.Where(name => !state.Subscription.Names.Contains(name))))
        {
            End(StreamEndReason.TooMany, $"names of more than {_policy.MaxTotalNameLength} characters together");
        }

        return !_ended;
    }

    /// <summary>The same for what a client says that it holds from a former stream, with the versions.</summary>
    private protected bool AllowsHeld(TypeState state, IReadOnlyCollection<KeyValuePair<string, string>> held)
    {
        if (!Allows(state, [.. held.Select(resource => resource.Key)]))
        {
            return false;
        }

        _heldLength += held.Sum(resource => (long)resource.Key.Length + resource.Value.Length);
        return Allows(state, []);
    }

    /// <summary>Applies the answer to a response; an unknown nonce answers nothing.</summary>
    private protected void Answer(TypeState state, string nonce, Status? error)
    {
        if (state.Unanswered.TakeAnswered(nonce) is not { } offers)
        {
            return;
        }

        if (error is null)
        {
            _effects.Add(new StreamEffect.Acked(state.Type, state.Accept(offers), IsAnswer: true));
            return;
        }

        var words = RefusalWords.Of(error);
        _effects.Add(new StreamEffect.Nacked(state.Type, state.Reject(offers, words), words));
    }

    /// <summary>Who we are, for the first response of a stream; null in all others.</summary>
    private protected Envoy.Config.Core.V3.ControlPlane? Introduction()
    {
        var due = !_introduced && _policy.Identifier.Length > 0;
        _introduced = true;
        return due ? new Envoy.Config.Core.V3.ControlPlane { Identifier = _policy.Identifier } : null;
    }

    /// <summary>Reports what a client holds or dropped that no ACK tells: what it took on a former stream, what it lost interest in.</summary>
    private protected void ReportTaken(ResourceType type, ImmutableArray<AckedResource> resources)
    {
        if (!resources.IsEmpty)
        {
            _effects.Add(new StreamEffect.Acked(type, resources, IsAnswer: false));
        }
    }

    /// <summary>Reports names that are not answered beyond those that were not before.</summary>
    private protected void ReportUnanswered(ResourceType type, int count)
    {
        if (count > 0)
        {
            _effects.Add(new StreamEffect.Unanswered(type, count));
        }
    }

    /// <summary>A name that a client asks for, in our own copy where there is one: that of its message would be kept for as long as the stream.</summary>
    private protected string NameOf(TypeState state, string asked) => Stream.Snapshot[state.Type].Find(asked)?.Name ?? asked;

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

    private bool IsGoingSilent(Unanswered unanswered) => unanswered.IsOwed && unanswered.Silence < _policy.HoldTicks;

    private void Tick(TypeState state)
    {
        if (state.Unanswered.Wait(state.Type == ResourceType.Cluster ? _policy.ClusterAnswerTicks : _policy.AnswerTicks))
        {
            _effects.Add(new StreamEffect.Overdue(state.Type));
        }

        if (state.Unanswered.Silence == _policy.HoldTicks)
        {
            _effects.Add(new StreamEffect.Silent(state.Type));
        }

        if (state.Agenda.ReleaseOverdue(_policy.HoldTicks) is > 0 and var count)
        {
            _effects.Add(new StreamEffect.Released(state.Type, count));
        }
    }

    private bool IsTooLong(IEnumerable<string> added) =>
        _heldLength + ResourceTypes.All.Sum(type => Stream[type].Subscription.Length) + added.Sum(name => (long)name.Length) > _policy.MaxTotalNameLength;

    private TypeState? Ignore(string typeUrl)
    {
        var shown = Excerpt.Start(typeUrl, MaxTypeLength);
        if (_unknownTypes.Count < MaxUnknownTypes && _unknownTypes.Add(shown))
        {
            _effects.Add(new StreamEffect.UnknownType(shown));
        }

        return null;
    }

    private TypeState? End(StreamEndReason reason, string message)
    {
        _ended = true;
        _effects.Add(new StreamEffect.End(reason, message));
        return null;
    }

    private ImmutableArray<StreamEffect> Flush()
    {
        PushAll();
        if (Stream.Returning.TryEnd(Stream.Snapshot[ResourceType.Cluster]))
        {
            PushAll();
        }

        var effects = _effects.ToImmutableArray();
        _effects.Clear();
        return effects;
    }

    private void PushAll()
    {
        foreach (var type in ResourceTypes.All)
        {
            if (!_ended && Stream.IsDue(Stream[type]))
            {
                Push(Stream[type]);
            }
        }
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
        state.Send(selection, nonce);
        state.RetireAliases(_policy.MaxAliases);
        _effects.Add(new StreamEffect.Send(state.Type, Encode(state, selection, nonce)));
        if (state.Type == ResourceType.Cluster)
        {
            Stream.ForceAssignments(selection.Updates);
        }
    }
}
