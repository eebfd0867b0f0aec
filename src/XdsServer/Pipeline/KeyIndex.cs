using System.Collections.Immutable;
using Knative.Xds.Core.Model;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>Which ingresses depend on a Service, or on a Secret.</summary>
internal sealed class KeyIndex
{
    private readonly Dictionary<ObjectKey, HashSet<ObjectKey>> _dependents = [];

    /// <summary>Takes each object that gets its first dependent.</summary>
    public Action<ObjectKey> Gained { get; set; } = _ => { };

    /// <summary>Takes each object that loses its last dependent.</summary>
    public Action<ObjectKey> Lost { get; set; } = _ => { };

    /// <summary>All that depend on any object, some maybe several times.</summary>
    public IEnumerable<ObjectKey> Dependents => _dependents.Values.SelectMany(dependents => dependents);

    /// <summary>Dependents of an object.</summary>
    public IReadOnlyCollection<ObjectKey> Find(ObjectKey target) => _dependents.TryGetValue(target, out var found) ? found : [];

    /// <summary>Replaces what an ingress depends on.</summary>
    public void Move(ObjectKey ingress, ImmutableArray<ObjectKey> before, ImmutableArray<ObjectKey> after)
    {
        if (before.SequenceEqual(after))
        {
            return;
        }

        // First in, then out: what stays is neither gained nor lost.
        foreach (var target in after)
        {
            Add(target, ingress);
        }

        foreach (var target in before.Except(after))
        {
            Remove(target, ingress);
        }
    }

    private void Add(ObjectKey target, ObjectKey ingress)
    {
        if (!_dependents.TryGetValue(target, out var dependents))
        {
            _dependents[target] = dependents = [];
            Gained(target);
        }

        dependents.Add(ingress);
    }

    private void Remove(ObjectKey target, ObjectKey ingress)
    {
        if (_dependents.TryGetValue(target, out var dependents) && dependents.Remove(ingress) && dependents.Count == 0)
        {
            _dependents.Remove(target);
            Lost(target);
        }
    }
}
