using System.Collections.Immutable;

namespace Knative.Xds.ControlPlane.Resources;

/// <summary>Holds the resources and publishes them as snapshots.</summary>
/// <remarks>Threading: one writer; <see cref="Current"/> may be read from anywhere.</remarks>
public sealed class ResourceStore
{
    // What is found in them is found sooner than in what snapshots are made of, and every verdict looks up all that an ingress has.
    private readonly Dictionary<string, EncodedResource>[] _found;
    private readonly ImmutableDictionary<string, EncodedResource>.Builder[] _tables;
    private readonly ChangeLog[] _logs;
    private volatile ResourceSnapshot _current;

    /// <summary>Makes an empty store whose change log of each type remembers at least half of <paramref name="logCapacity"/> changes.</summary>
    public ResourceStore(int logCapacity = 16_384)
    {
        _found = [.. ResourceTypes.All.Select(_ => new Dictionary<string, EncodedResource>(StringComparer.Ordinal))];
        _tables = [.. ResourceTypes.All.Select(_ => ImmutableDictionary.CreateBuilder<string, EncodedResource>(StringComparer.Ordinal))];
        _logs = [.. ResourceTypes.All.Select(_ => ChangeLog.Create(logCapacity))];
        _current = Snapshot();
    }

    /// <summary>The snapshot last published.</summary>
    public ResourceSnapshot Current => _current;

    /// <summary>Puts a resource in place; false when it is there already with this content.</summary>
    public bool Set(EncodedResource resource)
    {
        var found = _found[(int)resource.Type];
        if (found.TryGetValue(resource.Name, out var old) && old.Version == resource.Version)
        {
            return false;
        }

        found[resource.Name] = _tables[(int)resource.Type][resource.Name] = resource;
        Log(resource.Type, resource.Name);
        return true;
    }

    /// <summary>Takes a resource out; false when there is none.</summary>
    public bool Remove(ResourceId id)
    {
        var removed = _found[(int)id.Type].Remove(id.Name);
        if (removed)
        {
            _tables[(int)id.Type].Remove(id.Name);
            Log(id.Type, id.Name);
        }

        return removed;
    }

    /// <summary>The resource as it will be published next; null when there is none.</summary>
    public EncodedResource? Find(ResourceId id) => _found[(int)id.Type].GetValueOrDefault(id.Name);

    /// <summary>Makes all changes so far visible at once.</summary>
    public ResourceSnapshot Publish() => _current = Snapshot();

    private void Log(ResourceType type, string name) => _logs[(int)type] = _logs[(int)type].Append(name);

    private ResourceSnapshot Snapshot() =>
        new([.. ResourceTypes.All.Select(type => new TypeSnapshot(type, _tables[(int)type].ToImmutable(), _logs[(int)type]))]);
}
