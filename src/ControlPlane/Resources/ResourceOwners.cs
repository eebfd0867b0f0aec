using System.Collections.Frozen;
using System.Collections.Immutable;
using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Resources;

/// <summary>Keeps a resource in its store for as long as some ingress uses it: clusters are shared by the ingresses that route to one revision.</summary>
/// <remarks>Threading: the store's writer only.</remarks>
/// <param name="store">The resources.</param>
/// <param name="rules">Rules for changes; null for none: every change is made as it comes.</param>
public sealed class ResourceOwners(ResourceStore store, IResourceRules? rules = null)
{
    private readonly HashSet<ResourceId> _leaving = [];
    private readonly Dictionary<ObjectKey, IReadOnlySet<ResourceId>> _owned = [];
    private readonly Dictionary<ResourceId, ImmutableSortedSet<ObjectKey>> _owners = [];

    /// <summary>Gives an owner exactly these resources; those that it had before and nobody else has leave the store.</summary>
    /// <returns>Whether anything in the store changed.</returns>
    public bool Assign(ObjectKey owner, IReadOnlyCollection<EncodedResource> resources)
    {
        var before = OwnedBy(owner);
        var after = resources.Select(IdOf).ToHashSet();
        var changed = false;
        foreach (var resource in resources)
        {
            var id = IdOf(resource);
            changed |= Put(id, rules?.Admit(resource) ?? resource);
            if (!before.Contains(id))
            {
                _owners[id] = OwnersOf(id).Add(owner);
            }
        }

        if (before.SetEquals(after))
        {
            return changed;
        }

        // Routes before what they refer to: whether a cluster is in use is asked when its last routes have gone.
        foreach (var id in before.Except(after).OrderByDescending(id => id.Type))
        {
            changed |= Disown(owner, id);
        }

        Remember(owner, after);
        return changed;
    }

    /// <summary>Takes all of an owner's resources away.</summary>
    public bool Release(ObjectKey owner) => Assign(owner, []);

    /// <summary>Resources that nobody uses and that stay for the gateways' sake.</summary>
    public IReadOnlyCollection<ResourceId> Leaving => _leaving;

    /// <summary>Serves another version of a resource that somebody uses.</summary>
    /// <returns>Whether anything in the store changed.</returns>
    public bool Replace(EncodedResource resource) => _owners.ContainsKey(IdOf(resource)) && Put(IdOf(resource), resource);

    /// <summary>Takes out what stayed for the gateways' sake and is not in use any more.</summary>
    /// <param name="overdue">Taken out even if it is, unless what is served needs it.</param>
    /// <returns>Whether anything in the store changed.</returns>
    public bool Dismiss(IReadOnlyCollection<ResourceId>? overdue = null)
    {
        var gone = _leaving.Where(id => store.Find(id) is not { } resource || rules?.IsInUse(resource) != true || (overdue?.Contains(id) == true && !rules.IsServedFor(resource))).ToList();
        gone.ForEach(id => _leaving.Remove(id));
        return gone.Aggregate(false, (changed, id) => Take(id) || changed);
    }

    /// <summary>All that use any resource.</summary>
    public IReadOnlyCollection<ObjectKey> Keys => _owned.Keys;

    /// <summary>Who uses a resource, sorted.</summary>
    public ImmutableSortedSet<ObjectKey> OwnersOf(ResourceId id) => _owners.GetValueOrDefault(id, []);

    /// <summary>What an owner uses.</summary>
    public IReadOnlySet<ResourceId> OwnedBy(ObjectKey owner) => _owned.GetValueOrDefault(owner, FrozenSet<ResourceId>.Empty);

    private static ResourceId IdOf(EncodedResource resource) => new(resource.Type, resource.Name);

    private bool Disown(ObjectKey owner, ResourceId id)
    {
        var rest = OwnersOf(id).Remove(owner);
        if (!rest.IsEmpty)
        {
            _owners[id] = rest;
            return false;
        }

        _owners.Remove(id);
        if (rules is not null && store.Find(id) is { } resource && rules.IsInUse(resource))
        {
            _leaving.Add(id);
            return false;
        }

        return Take(id);
    }

    private bool Put(ResourceId id, EncodedResource resource)
    {
        _leaving.Remove(id);
        var old = store.Find(id);
        var changed = store.Set(resource);
        if (changed && old is not null)
        {
            rules?.Replaced(old, resource);
        }

        return changed;
    }

    private bool Take(ResourceId id)
    {
        if (store.Find(id) is { } old)
        {
            rules?.Replaced(old, null);
        }

        return store.Remove(id);
    }

    private void Remember(ObjectKey owner, HashSet<ResourceId> owned)
    {
        if (owned.Count == 0)
        {
            _owned.Remove(owner);
        }
        else
        {
            _owned[owner] = owned;
        }
    }
}
