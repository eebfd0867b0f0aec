using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>One type's conversation on one stream: subscription, what the client has, what it is owed, what is in flight.</summary>
/// <remarks>Types do not see each other here; rules between them are in <see cref="StreamState"/>.</remarks>
internal sealed class TypeState(ResourceType type, bool isStateOfTheWorld)
{
    private readonly Queue<ImmutableArray<Offer>> _suspects = new();
    private readonly HashSet<string> _refusedTogether = new(StringComparer.Ordinal);
    private readonly AliasQueue _aliases = new();
    private readonly HashSet<string> _missing = new(StringComparer.Ordinal);
    private bool _hasTakenSet;

    public ResourceType Type { get; } = type;
    /// <summary>A response holds all that the client is to hold of the type: what is absent is gone.</summary>
    public bool IsWholeSet { get; } = isStateOfTheWorld && type.IsCollection();
    public Subscription Subscription { get; } = new();
    public ClientCopies Client { get; } = new();
    public Agenda Agenda { get; } = new();
    public Unanswered Unanswered { get; } = new(isStateOfTheWorld, isStateOfTheWorld && type.IsCollection());
    /// <summary>The client has asked for the type on this stream.</summary>
    public bool IsKnown { get; set; }
    /// <summary>The client held something when the stream began.</summary>
    public bool IsResumed { get; set; }
    /// <summary>The client asks for more than is answered: what appears may be something that it waits for.</summary>
    public bool SendsUnasked { get; set; }
    /// <summary>A response is due even if it is empty.</summary>
    public bool OwesResponse { get; set; }
    /// <summary>Sequence of the snapshot that the agenda is up to date with.</summary>
    public long Sequence { get; set; }
    /// <summary>Whether a look at the next response is due.</summary>
    public bool IsDue => IsKnown && !Unanswered.IsWaiting && (Agenda.Dirty.Count > 0 || _suspects.Count > 0 || OwesResponse);

    /// <summary>Notes what the client says that it holds from a former stream; the empty version is one that it did not tell.</summary>
    /// <returns>What it holds.</returns>
    public AckedResource Seed(string name, string version, EncodedResource? current)
    {
        IsResumed = true;
        if (current?.IsAlias == true)
        {
            _aliases.Add(name);
        }

        return Client.Seed(name, version, current);
    }

    /// <summary>Notes a secret that the client asks for and that there is not: another one may come to stand for it.</summary>
    public void Miss(string name)
    {
        if (Type == ResourceType.Secret && Subscription.Covers(name))
        {
            _missing.Add(name);
        }
    }

    /// <summary>Forgets a name that the client does not want any more, and with it what the client held of it.</summary>
    public void Forget(string name)
    {
        _missing.Remove(name);
        Agenda.Settle(name);
        Client.Forget(name);
        _refusedTogether.Remove(name);
        _aliases.Remove(name);
    }

    /// <summary>Marks every name that is covered or held.</summary>
    public void MarkAll(TypeSnapshot snapshot)
    {
        Agenda.Dirty.UnionWith(Subscription.IsWildcard ? snapshot.Names : Subscription.Names);
        Agenda.Dirty.UnionWith(Client.All.Keys);
    }

    /// <summary>Takes up the changes since the last snapshot.</summary>
    public void Absorb(TypeSnapshot snapshot)
    {
        if (!IsKnown)
        {
            return;
        }

        if (snapshot.TryChangedSince(Sequence, out var names))
        {
            AddAppeared(snapshot, SendsUnasked ? names : []);
            MarkWanted(names);
            if (names.Length > 0)
            {
                // Any of them may be what an alias stands for.
                Agenda.Dirty.UnionWith(_aliases.Names);
                Agenda.Dirty.UnionWith(_missing);
            }
        }
        else
        {
            MarkAll(snapshot);
        }

        Sequence = snapshot.Sequence;
    }

    /// <summary>The names that the next response is about: a group of suspects if there is one, else all that is dirty. Sorted.</summary>
    public List<string> TakeCandidates(out bool suspects)
    {
        suspects = _suspects.TryDequeue(out var group);
        foreach (var offer in suspects ? group : [])
        {
            OfferAgain(offer);
        }

        foreach (var name in suspects ? [] : _refusedTogether)
        {
            Agenda.Force(name);
        }

        List<string> names = suspects ? [.. group.Select(offer => offer.Name).Where(IsStillWanted)] : [.. Agenda.Dirty];
        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>Takes the oldest aliases away while there are more than <paramref name="limit"/>: whoever needs one again asks again.</summary>
    /// <remarks>Only an incremental stream can be told; the other would ask for the name with its next answer, and be sent it again, without end.</remarks>
    public void RetireAliases(int limit)
    {
        while (!isStateOfTheWorld && _aliases.Count > limit)
        {
            var name = _aliases.TakeOldest();
            Subscription.Remove(name);
            Agenda.Dirty.Add(name);
        }
    }

    /// <summary>Notes a response as sent.</summary>
    public void Send(Selection selection, string nonce)
    {
        ImmutableArray<Offer> offers = [.. selection.Updates.Select(resource => new Offer(resource.Name, resource)), .. selection.Removals.Select(name => new Offer(name, null))];
        foreach (var offer in offers)
        {
            Agenda.Settle(offer.Name);
            Client.Offer(offer);
            _refusedTogether.Remove(offer.Name);
            _aliases.Remove(offer.Name);
            _missing.Remove(offer.Name);
            if (offer.Resource is { IsAlias: true })
            {
                _aliases.Add(offer.Name);
            }
            else if (offer.Resource is null)
            {
                Miss(offer.Name);
            }
        }

        Unanswered.Send(new(nonce, offers));
        OwesResponse = false;
    }

    /// <summary>The client took these.</summary>
    /// <returns>What it holds now, and held before.</returns>
    public ImmutableArray<AckedResource> Accept(ImmutableArray<Offer> offers)
    {
        _hasTakenSet = true;
        foreach (var offer in offers.Where(IsRenewed))
        {
            Client.Offer(offer);
            Agenda.Dirty.Add(offer.Name);
        }

        GoOnBehindBridges(offers);

        return [.. offers.Select(Client.Accept).OfType<AckedResource>()];
    }

    /// <summary>The client refused these: a lone resource stays as it was until its content changes; of several the one at fault is looked for.</summary>
    /// <param name="offers">What the refused response offered.</param>
    /// <param name="words">What the client says: it may name the resource at fault.</param>
    /// <returns>What was refused: one resource when it is known to be at fault.</returns>
    public ImmutableArray<AckedResource> Reject(ImmutableArray<Offer> offers, string words)
    {
        var named = offers.Where(offer => words.Contains(offer.Name, StringComparison.Ordinal)).ToImmutableArray();
        // To offer a part would take the rest away from a client that holds it from a former stream, at versions that we do not know.
        var isUndivided = IsWholeSet && IsResumed && !_hasTakenSet;
        ImmutableArray<Offer> blamed = offers.Length == 1 ? offers : isUndivided && named.Length < offers.Length ? named : [];
        var refused = offers.Where(Client.IsNewest).ToImmutableArray();
        foreach (var offer in refused)
        {
            Client.Reject(offer, blamed.Contains(offer));
        }

        GoOnBehindBridges(blamed);
        ImmutableArray<Offer> rest = [.. refused.Except(blamed)];
        if (!isUndivided)
        {
            Suspect(rest, [.. rest.Intersect(named)]);
        }
        else if (blamed.IsEmpty)
        {
            _refusedTogether.UnionWith(rest.Select(offer => offer.Name));
        }
        else
        {
            _suspects.Enqueue(rest);
            OwesResponse = true;
        }

        return [.. (blamed.Length == 1 ? blamed : refused).Select(offer => offer.ToResource())];
    }

    /// <summary>Whether a name was given up and asked for again while the response was on its way: the answer tells that the client has it.</summary>
    private bool IsRenewed(Offer offer) => offer.Resource is not null && Client.Find(offer.Name) is null && Subscription.Covers(offer.Name);

    /// <summary>A bridge is answered: what it leads to is still to come.</summary>
    private void GoOnBehindBridges(ImmutableArray<Offer> offers) =>
        Agenda.Dirty.UnionWith(offers.Where(offer => offer.Resource?.BridgesTo is not null).Select(offer => offer.Name).Where(IsStillWanted));

    /// <summary>Groups that are offered again, one after the other: what the client names apart from the rest, or halves.</summary>
    private void Suspect(ImmutableArray<Offer> refused, ImmutableArray<Offer> named)
    {
        if (named.Length > 0 && named.Length < refused.Length)
        {
            _suspects.Enqueue([.. refused.Except(named)]);
            _suspects.Enqueue(named);
        }
        else if (refused.Length > 0)
        {
            var half = (refused.Length + 1) / 2;
            _suspects.Enqueue(refused[..half]);
            if (half < refused.Length)
            {
                _suspects.Enqueue(refused[half..]);
            }
        }
    }

    /// <summary>A version is offered again even if the client was told it: that clears its refusal. Not when it has taken it meanwhile; and a removal only if the resource has not come back.</summary>
    private void OfferAgain(Offer offer)
    {
        if (!IsStillWanted(offer.Name))
        {
            return;
        }

        var client = Client.Find(offer.Name);
        if (client is not null && (offer.Resource is null || client.AcceptedVersion == offer.Version))
        {
            Agenda.Dirty.Add(offer.Name);
        }
        else
        {
            Agenda.Force(offer.Name);
        }
    }

    private bool IsStillWanted(string name) => Subscription.Covers(name) || Client.Find(name) is not null;

    /// <remarks>Whoever does not wait for it does not take it, and its next list is without it.</remarks>
    private void AddAppeared(TypeSnapshot snapshot, ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (snapshot.Has(name))
            {
                Subscription.Add(name);
            }
        }
    }

    private void MarkWanted(ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (IsStillWanted(name))
            {
                Agenda.Dirty.Add(name);
            }
        }
    }
}
