using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Reporting;

namespace Knative.Xds.XdsServer.Fleets;

/// <summary>Routes and scopes that are not served any more and that some gateway of the fleet still holds: what they refer to must stay, and a refused successor gives way to them.</summary>
/// <remarks>Not thread-safe: the owner loop's.</remarks>
internal sealed class FormerVersions : IResourceRules
{
    private readonly Dictionary<ResourceId, ImmutableList<EncodedResource>> _held = [];
    // Clusters that former routes refer to, and how many do.
    private readonly Dictionary<string, int> _references = new(StringComparer.Ordinal);
    // Clusters that routes refer to which are served in place of refused ones, and how many do.
    private readonly Dictionary<string, int> _served = new(StringComparer.Ordinal);
    private readonly Dictionary<ResourceId, (string Version, string Words, EncodedResource Good)> _refused = [];
    private readonly GatewayLedger _ledger;

    public FormerVersions(GatewayLedger ledger)
    {
        _ledger = ledger;
        ledger.Gone = Forget;
    }

    /// <summary>Resources whose wanted version is refused, so that the one before is served.</summary>
    public int Refused => _refused.Count;

    /// <summary>A gateway refuses the version of a resource that is served: the fleet goes back to the one before, if some gateway still has it.</summary>
    /// <returns>What is to be served; null when there is nothing to go back to, and the refusal concerns that gateway alone.</returns>
    public EncodedResource? Refuse(ResourceId id, string version, string words)
    {
        if (!_held.TryGetValue(id, out var held))
        {
            return null;
        }

        Forgive(id);
        _refused[id] = (version, words, held[^1]);
        Count(_served, held[^1], 1);
        return held[^1];
    }

    /// <summary>Why the wanted version of a resource is not served; null when it is.</summary>
    public string? RefusalOf(ResourceId id) => _refused.TryGetValue(id, out var refusal) ? refusal.Words : null;

    /// <inheritdoc/>
    public EncodedResource Admit(EncodedResource wanted)
    {
        var id = new ResourceId(wanted.Type, wanted.Name);
        if (_refused.TryGetValue(id, out var refusal) && refusal.Version == wanted.Version)
        {
            return refusal.Good;
        }

        Forgive(id);
        return wanted;
    }

    /// <inheritdoc/>
    public void Replaced(EncodedResource old, EncodedResource? next)
    {
        var id = new ResourceId(old.Type, old.Name);
        if (next is null)
        {
            Forgive(id);
            _ledger.Pardon(id);
        }

        var held = _held.GetValueOrDefault(id, []);
        if (held.FindIndex(former => former.Version == old.Version) is >= 0 and var index)
        {
            // It came back meanwhile: it is the one that was served last.
            _held[id] = held.RemoveAt(index).Add(held[index]);
        }
        else if (_ledger.CountOf(id, old.Version) > 0)
        {
            _held[id] = held.Add(old);
            Count(_references, old, 1);
        }
    }

    /// <inheritdoc/>
    /// <remarks>An assignment is named like its cluster.</remarks>
    public bool IsInUse(EncodedResource resource) =>
        resource.Type is ResourceType.Cluster or ResourceType.ClusterLoadAssignment && (_references.ContainsKey(resource.Name) || _served.ContainsKey(resource.Name));

    /// <inheritdoc/>
    public bool IsServedFor(EncodedResource resource) => resource.Type is ResourceType.Cluster or ResourceType.ClusterLoadAssignment && _served.ContainsKey(resource.Name);

    private void Forgive(ResourceId id)
    {
        if (_refused.Remove(id, out var refusal))
        {
            Count(_served, refusal.Good, -1);
        }
    }

    private void Forget(ResourceId id, string version)
    {
        if (_held.TryGetValue(id, out var held) && held.Find(former => former.Version == version) is { } gone)
        {
            Count(_references, gone, -1);
            _held[id] = held.Remove(gone);
            if (_held[id].IsEmpty)
            {
                _held.Remove(id);
            }
        }
    }

    private static void Count(Dictionary<string, int> references, EncodedResource former, int change)
    {
        foreach (var name in former.Type == ResourceType.RouteConfiguration ? former.References : [])
        {
            var count = references.GetValueOrDefault(name) + change;
            if (count == 0)
            {
                references.Remove(name);
            }
            else
            {
                references[name] = count;
            }
        }
    }
}
