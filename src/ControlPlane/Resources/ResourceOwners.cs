using System.Collections.Immutable;
using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Resources;

/// <summary>Keeps a resource in its store for as long as some ingress uses it: clusters are shared by the ingresses that route to one revision.</summary>
/// <remarks>Threading: the store's writer only.</remarks>
public sealed class ResourceOwners(ResourceStore store)
{
    private readonly Dictionary<ObjectKey, ImmutableHashSet<ResourceId>> _owned = [];
    private readonly Dictionary<ResourceId, ImmutableSortedSet<ObjectKey>> _owners = [];

    /// <summary>Gives an owner exactly these resources; those that it had before and nobody else has leave the store.</summary>
    /// <returns>Whether anything in the store changed.</returns>
    public bool Assign(ObjectKey owner, IReadOnlyCollection<EncodedResource> resources)
    {
        var before = OwnedBy(owner);
        var after = resources.Select(IdOf).ToImmutableHashSet();
        var changed = false;
        foreach (var resource in resources)
        {
            changed |= store.Set(resource);
            var id = IdOf(resource);
            _owners[id] = OwnersOf(id).Add(owner);
        }

        foreach (var id in before.Except(after))
        {
            changed |= Disown(owner, id);
        }

        Remember(owner, after);
        return changed;
    }

    /// <summary>Takes all of an owner's resources away.</summary>
    public bool Release(ObjectKey owner) => Assign(owner, []);

    /// <summary>All that use any resource.</summary>
    public IReadOnlyCollection<ObjectKey> Keys => _owned.Keys;

    /// <summary>Who uses a resource, sorted.</summary>
    public ImmutableSortedSet<ObjectKey> OwnersOf(ResourceId id) => _owners.GetValueOrDefault(id, []);

    /// <summary>What an owner uses.</summary>
    public ImmutableHashSet<ResourceId> OwnedBy(ObjectKey owner) => _owned.GetValueOrDefault(owner, []);

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
        return store.Remove(id);
    }

    private void Remember(ObjectKey owner, ImmutableHashSet<ResourceId> owned)
    {
        if (owned.IsEmpty)
        {
            _owned.Remove(owner);
        }
        else
        {
            _owned[owner] = owned;
        }
    }
}
