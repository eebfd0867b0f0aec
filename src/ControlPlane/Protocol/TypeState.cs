using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>One type's conversation on one stream: subscription, what the client has, what it is owed, what is in flight.</summary>
/// <remarks>Types do not see each other here; rules between them are in <see cref="StreamState"/>.</remarks>
internal sealed class TypeState(ResourceType type)
{
    private readonly Dictionary<string, ClientResource> _client = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _references = new(StringComparer.Ordinal);
    private readonly Queue<ImmutableArray<string>> _suspects = new();
    private readonly AliasQueue _aliases = new();
    private readonly List<AckedResource> _dropped = [];
    private int _unknown;

    public ResourceType Type { get; } = type;
    public Subscription Subscription { get; } = new();
    /// <summary>The client has asked for the type on this stream.</summary>
    public bool IsKnown { get; set; }
    /// <summary>The client said what it holds from a former stream.</summary>
    public bool IsReturning { get; private set; }
    /// <summary>A response is due even if it is empty.</summary>
    public bool OwesResponse { get; set; }
    public InFlight? InFlight { get; private set; }
    /// <summary>Nonce of the newest response; empty before the first.</summary>
    public string LastNonce { get; private set; } = "";
    /// <summary>At the last look, something waited for the client.</summary>
    public bool IsHolding { get; set; }
    /// <summary>Sequence of the snapshot that <see cref="Dirty"/> is up to date with.</summary>
    public long Sequence { get; set; }
    /// <summary>Names that may differ between client and snapshot.</summary>
    public HashSet<string> Dirty { get; } = new(StringComparer.Ordinal);
    /// <summary>Names that must be answered even if the client was told the version already.</summary>
    public HashSet<string> Forced { get; } = new(StringComparer.Ordinal);
    /// <summary>Names that have waited long enough.</summary>
    public HashSet<string> Released { get; } = new(StringComparer.Ordinal);
    public IReadOnlyDictionary<string, ClientResource> Client => _client;
    public bool HasSuspects => _suspects.Count > 0;

    public ClientResource? Find(string name) => _client.GetValueOrDefault(name);

    /// <summary>Whether the client may hold something that refers to <paramref name="name"/>.</summary>
    public bool MayReferTo(string name) => _unknown > 0 || _references.ContainsKey(name);

    /// <summary>Notes what the client says that it holds from a former stream.</summary>
    public void Seed(string name, string version, EncodedResource? current)
    {
        var known = current?.Version == version ? current : null;
        var resource = new ClientResource { Accepted = known, AcceptedVersion = version };
        _client[name] = resource;
        IsReturning = true;
        if (current?.IsAlias == true)
        {
            _aliases.Add(name);
        }

        Count(known, 1);
        _unknown += resource.IsUnknown ? 1 : 0;
    }

    public void Force(string name)
    {
        Forced.Add(name);
        Dirty.Add(name);
    }

    /// <summary>Forgets a name that the client does not want any more, and with it what the client held of it.</summary>
    public void Forget(string name)
    {
        if (Find(name)?.AcceptedVersion is { } version)
        {
            _dropped.Add(new(name, "", version));
        }

        Erase(name);
    }

    /// <summary>What the client has dropped on its own since the last call.</summary>
    public ImmutableArray<AckedResource> TakeDropped()
    {
        var dropped = _dropped.ToImmutableArray();
        _dropped.Clear();
        return dropped;
    }

    /// <summary>Marks every name that is covered or held.</summary>
    public void MarkAll(TypeSnapshot snapshot)
    {
        Dirty.UnionWith(Subscription.IsWildcard ? snapshot.Names : Subscription.Names);
        Dirty.UnionWith(_client.Keys);
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
            MarkWanted(names);
            if (names.Length > 0)
            {
                // Any of them may be what an alias stands for.
                Dirty.UnionWith(_aliases.Names);
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
        List<string> names = suspects ? [.. group.Where(IsStillWanted)] : [.. Dirty];
        if (suspects)
        {
            names.ForEach(Force);
        }

        names.Sort(StringComparer.Ordinal);
        return names;
    }

    /// <summary>Takes the oldest aliases away while there are more than <paramref name="limit"/>: whoever needs one again asks again.</summary>
    public void RetireAliases(int limit)
    {
        while (_aliases.Count > limit)
        {
            var name = _aliases.TakeOldest();
            Subscription.Remove(name);
            Dirty.Add(name);
        }
    }

    /// <summary>Notes a response as sent.</summary>
    public void Offer(Selection selection, string nonce)
    {
        foreach (var resource in selection.Updates)
        {
            Settle(resource.Name);
            var entry = Entry(resource.Name);
            DropOffer(entry);
            entry.Offered = resource;
            Count(resource, 1);
            if (resource.IsAlias)
            {
                _aliases.Add(resource.Name);
            }
        }

        foreach (var name in selection.Removals)
        {
            Settle(name);
            if (Find(name) is { } entry)
            {
                DropOffer(entry);
                entry.RemovalOffered = true;
            }
        }

        InFlight = new(nonce, OffersOf(selection));
        LastNonce = nonce;
        OwesResponse = false;
    }

    /// <summary>The client took what is in flight.</summary>
    /// <returns>What it holds now, and held before.</returns>
    public ImmutableArray<AckedResource> Accept()
    {
        var offers = InFlight!.Offers;
        InFlight = null;
        return [.. offers.Select(Accept).OfType<AckedResource>()];
    }

    /// <summary>The client refused what is in flight: a lone resource stays as it was until its content changes; several are offered again in halves.</summary>
    public ImmutableArray<AckedResource> Reject()
    {
        var offers = InFlight!.Offers;
        InFlight = null;
        foreach (var offer in offers)
        {
            Reject(offer, alone: offers.Length == 1);
        }

        if (offers.Length > 1)
        {
            var names = offers.Select(offer => offer.Name).ToImmutableArray();
            _suspects.Enqueue(names[..(names.Length / 2)]);
            _suspects.Enqueue(names[(names.Length / 2)..]);
        }

        return offers;
    }

    /// <summary>Puts a name down as answered.</summary>
    public void Settle(string name)
    {
        Dirty.Remove(name);
        Forced.Remove(name);
        Released.Remove(name);
    }

    private static ImmutableArray<AckedResource> OffersOf(Selection selection) =>
    [
        .. selection.Updates.Select(resource => new AckedResource(resource.Name, resource.Version)),
        .. selection.Removals.Select(name => new AckedResource(name, "")),
    ];

    private bool IsStillWanted(string name) => Subscription.Covers(name) || _client.ContainsKey(name);

    private void MarkWanted(ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (IsStillWanted(name))
            {
                Dirty.Add(name);
            }
        }
    }

    /// <summary>Null when the answer is about nothing: the client lost interest before it answered.</summary>
    private AckedResource? Accept(AckedResource offer)
    {
        if (Find(offer.Name) is not { } entry)
        {
            return null;
        }

        var before = entry.AcceptedVersion ?? "";
        if (entry.RemovalOffered)
        {
            EraseKeepingDebts(offer.Name);
        }
        else if (entry.Offered?.Version == offer.Version)
        {
            _unknown -= entry.IsUnknown ? 1 : 0;
            Count(entry.Accepted, -1);
            (entry.Accepted, entry.AcceptedVersion, entry.Offered, entry.RejectedVersion) = (entry.Offered, offer.Version, null, null);
        }
        else
        {
            return null;
        }

        return offer with { Before = before };
    }

    /// <summary>The client has dropped the resource, but may be owed a new one of that name by now.</summary>
    private void EraseKeepingDebts(string name)
    {
        var (dirty, forced) = (Dirty.Contains(name), Forced.Contains(name));
        Erase(name);
        if (forced)
        {
            Force(name);
        }
        else if (dirty)
        {
            Dirty.Add(name);
        }
    }

    private void Reject(AckedResource offer, bool alone)
    {
        if (Find(offer.Name) is not { } entry)
        {
            return;
        }

        DropOffer(entry);
        entry.RejectedVersion = alone && offer.Version.Length > 0 ? offer.Version : null;
    }

    private void Erase(string name)
    {
        Settle(name);
        _aliases.Remove(name);
        if (_client.Remove(name, out var resource))
        {
            Count(resource.Accepted, -1);
            Count(resource.Offered, -1);
            _unknown -= resource.IsUnknown ? 1 : 0;
        }
    }

    private void DropOffer(ClientResource entry)
    {
        Count(entry.Offered, -1);
        (entry.Offered, entry.RemovalOffered, entry.RejectedVersion) = (null, false, null);
    }

    private ClientResource Entry(string name)
    {
        if (!_client.TryGetValue(name, out var entry))
        {
            _client[name] = entry = new ClientResource();
        }

        return entry;
    }

    private void Count(EncodedResource? resource, int change)
    {
        foreach (var name in resource?.References ?? [])
        {
            var count = _references.GetValueOrDefault(name) + change;
            if (count == 0)
            {
                _references.Remove(name);
            }
            else
            {
                _references[name] = count;
            }
        }
    }
}
