using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Knative.Xds.ControlPlane.Resources;

/// <summary>All resources of one kind at one moment.</summary>
/// <remarks>Immutable; safe to read from any thread while its store goes on.</remarks>
public sealed class TypeSnapshot
{
    private readonly ImmutableDictionary<string, EncodedResource> _resources;
    private readonly ChangeLog _log;

    private readonly ResourceType _type;

    internal TypeSnapshot(ResourceType type, ImmutableDictionary<string, EncodedResource> resources, ChangeLog log)
    {
        _type = type;
        _resources = resources;
        _log = log;
    }

    /// <summary>Number of changes up to this snapshot.</summary>
    public long Sequence => _log.Sequence;
    /// <summary>Number of resources.</summary>
    public int Count => _resources.Count;
    /// <summary>Names, in no order.</summary>
    public IEnumerable<string> Names => _resources.Keys;
    /// <summary>Resources, in no order.</summary>
    public IEnumerable<EncodedResource> Resources => _resources.Values;

    /// <summary>Finds a resource.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out EncodedResource? resource)
    {
        resource = Find(name);
        return resource is not null;
    }

    /// <summary>Finds a resource; null when there is none. A secret is also found by another spelling of its host, and by a host that its wildcard covers.</summary>
    public EncodedResource? Find(string name) =>
        _resources.GetValueOrDefault(name) ?? (_type == ResourceType.Secret ? SecretNames.Resolve(_resources, name) : null);

    /// <summary>Whether there is a resource of this very name.</summary>
    internal bool Has(string name) => _resources.ContainsKey(name);

    /// <summary>Whether <see cref="Find"/> finds a secret by another name than its own.</summary>
    internal bool MeansOne(string name) => SecretNames.Candidates(name).Any(_resources.ContainsKey);

    /// <summary>Names changed after <paramref name="sequence"/>, at a cost of the changes alone; false when only a comparison of everything can tell.</summary>
    public bool TryChangedSince(long sequence, out ReadOnlySpan<string> names) => _log.TrySince(sequence, out names);
}
