using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>What one client has of one type, and what these copies refer to.</summary>
internal sealed class ClientCopies
{
    private readonly Dictionary<string, ClientResource> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _references = new(StringComparer.Ordinal);
    private readonly List<AckedResource> _dropped = [];
    private int _unknown;

    public IReadOnlyDictionary<string, ClientResource> All => _entries;

    public ClientResource? Find(string name) => _entries.GetValueOrDefault(name);

    /// <summary>Whether the client may hold something that refers to <paramref name="name"/>.</summary>
    public bool MayReferTo(string name) => _unknown > 0 || _references.ContainsKey(name);

    /// <summary>Whether the client may go on holding something that refers to <paramref name="name"/>, as it refuses what is to take its place.</summary>
    public bool MayKeepReferringTo(string name) =>
        _entries.Values.Any(entry => entry.RejectedVersion is not null && (entry.IsUnknown || entry.Accepted?.References.Contains(name, StringComparer.Ordinal) == true));

    /// <summary>Notes what the client says that it holds from a former stream.</summary>
    /// <returns>What it holds: of what is current our own name and version, so that those of its message are not kept for as long as the stream.</returns>
    public AckedResource Seed(string name, string version, EncodedResource? current)
    {
        var held = current?.Version == version ? current : null;
        var entry = _entries[current?.Name ?? name] = new ClientResource();
        Replace(entry, held, held?.Version ?? version);
        return new(current?.Name ?? name, entry.AcceptedVersion!);
    }

    /// <summary>Notes a change as sent.</summary>
    public void Offer(Offer offer)
    {
        // Nothing is to be remembered of a name that the client never had.
        if (offer.Resource is null && Find(offer.Name) is null)
        {
            return;
        }

        if (!_entries.TryGetValue(offer.Name, out var entry))
        {
            _entries[offer.Name] = entry = new ClientResource();
        }

        Withdraw(entry);
        (entry.Offered, entry.RemovalOffered) = (offer.Resource, offer.Resource is null);
        Count(offer.Resource, 1);
    }

    /// <summary>The client took a change.</summary>
    /// <returns>What it holds now and held before; null when it has lost interest meanwhile.</returns>
    public AckedResource? Accept(Offer offer)
    {
        if (Find(offer.Name) is not { } entry)
        {
            return offer.Resource is null ? offer.ToResource() : null;
        }

        var before = entry.AcceptedVersion ?? "";
        var isNewest = IsNewest(offer);
        if (isNewest)
        {
            Withdraw(entry);
        }

        // When it was sent another one since, it holds this one until it answers that.
        Replace(entry, offer.Resource, offer.Resource?.Version);
        if (entry is { AcceptedVersion: null, Offered: null, RemovalOffered: false })
        {
            _entries.Remove(offer.Name);
        }

        return offer.ToResource(before);
    }

    /// <summary>The client refused a change: it stays as it was.</summary>
    public void Reject(Offer offer, bool isToBlame)
    {
        if (Find(offer.Name) is { } entry)
        {
            Withdraw(entry);
            entry.RejectedVersion = isToBlame && offer.Resource is not null ? offer.Version : null;
            if (entry is { AcceptedVersion: null, RejectedVersion: null })
            {
                _entries.Remove(offer.Name);
            }
        }
    }

    /// <summary>Whether this is what the client was sent of the resource last.</summary>
    public bool IsNewest(Offer offer) => Find(offer.Name) is { } entry
        ? offer.Resource is null ? entry.RemovalOffered : entry.Offered?.Version == offer.Version
        : offer.Resource is null;

    /// <summary>Forgets a name that the client does not want any more, and with it what the client held of it.</summary>
    public void Forget(string name)
    {
        if (!_entries.Remove(name, out var entry))
        {
            return;
        }

        if (entry.AcceptedVersion is { } version)
        {
            _dropped.Add(new(name, "", version));
        }

        Withdraw(entry);
        Replace(entry, null, null);
    }

    /// <summary>What the client has dropped on its own since the last call.</summary>
    public ImmutableArray<AckedResource> TakeDropped()
    {
        var dropped = _dropped.ToImmutableArray();
        _dropped.Clear();
        return dropped;
    }

    private void Replace(ClientResource entry, EncodedResource? accepted, string? version)
    {
        _unknown -= entry.IsUnknown ? 1 : 0;
        Count(entry.Accepted, -1);
        (entry.Accepted, entry.AcceptedVersion) = (accepted, version);
        Count(accepted, 1);
        _unknown += entry.IsUnknown ? 1 : 0;
    }

    private void Withdraw(ClientResource entry)
    {
        Count(entry.Offered, -1);
        (entry.Offered, entry.RemovalOffered, entry.RejectedVersion) = (null, false, null);
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
