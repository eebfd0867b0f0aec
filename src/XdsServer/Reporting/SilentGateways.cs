using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.XdsServer.Reporting;

/// <summary>Gateways that owe an answer for too long, and what they hold: nobody waits for them.</summary>
/// <remarks>Nearly always there is none. Not thread-safe: the owner loop's.</remarks>
internal sealed class SilentGateways
{
    private readonly Dictionary<long, (HashSet<ResourceType> Owed, Dictionary<ResourceId, string> Held)> _gateways = [];

    public int Count => _gateways.Count;

    /// <summary>Those that hold this version.</summary>
    public int CountOf(ResourceId id, string version) => _gateways.Values.Count(gateway => gateway.Held.GetValueOrDefault(id) == version);

    /// <summary>A gateway owes an answer of a type.</summary>
    public void Add(long stream, ResourceType type, ImmutableArray<(ResourceId Id, string Version)> held)
    {
        if (_gateways.TryGetValue(stream, out var known))
        {
            known.Owed.Add(type);
        }
        else
        {
            _gateways[stream] = ([type], held.ToDictionary(resource => resource.Id, resource => resource.Version));
        }
    }

    /// <summary>A gateway has answered.</summary>
    /// <returns>Whether it owes nothing any more.</returns>
    public bool Answer(long stream, ResourceType type)
    {
        if (!_gateways.TryGetValue(stream, out var gateway) || !gateway.Owed.Remove(type) || gateway.Owed.Count > 0)
        {
            return false;
        }

        _gateways.Remove(stream);
        return true;
    }

    /// <summary>A gateway holds another version of a resource; empty: none.</summary>
    public void Take(long stream, ResourceId id, string version)
    {
        if (_gateways.TryGetValue(stream, out var gateway))
        {
            gateway.Held[id] = version;
        }
    }

    /// <summary>A gateway has gone.</summary>
    public void Remove(long stream) => _gateways.Remove(stream);
}
