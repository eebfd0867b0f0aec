using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.XdsServer.Reporting;

/// <summary>Gateways that owe an answer for too long, and what they hold of scopes, routes and endpoints: nobody waits for them.</summary>
/// <remarks>Nearly always there is none. Not thread-safe: the owner loop's.</remarks>
internal sealed class SilentGateways
{
    private readonly Dictionary<long, (HashSet<ResourceType> Owed, Dictionary<ResourceId, string> Held)> _gateways = [];
    private readonly VersionTally _held = new();

    public int Count => _gateways.Count;

    /// <summary>Whether a gateway is one of them.</summary>
    public bool Contains(long stream) => _gateways.ContainsKey(stream);

    /// <summary>Those that hold this version.</summary>
    public int CountOf(ResourceId id, string version) => _held.Of(id, version);

    /// <summary>A gateway owes an answer of a type.</summary>
    public void Add(long stream, ResourceType type, ImmutableArray<(ResourceId Id, string Version)> held)
    {
        if (_gateways.TryGetValue(stream, out var known))
        {
            known.Owed.Add(type);
            return;
        }

        _gateways[stream] = ([type], []);
        foreach (var (id, version) in held)
        {
            Take(stream, id, version);
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

        Remove(stream);
        return true;
    }

    /// <summary>A gateway holds another version of a resource; empty: none.</summary>
    public void Take(long stream, ResourceId id, string version)
    {
        if (!GatewayLedger.IsAwaited(id.Type) || !_gateways.TryGetValue(stream, out var gateway))
        {
            return;
        }

        version = GatewayLedger.CountedVersion(id.Type, version);
        _held.Move(id, gateway.Held.GetValueOrDefault(id, ""), version);
        if (version.Length > 0)
        {
            gateway.Held[id] = version;
        }
        else
        {
            gateway.Held.Remove(id);
        }
    }

    /// <summary>A gateway has gone.</summary>
    public void Remove(long stream)
    {
        if (_gateways.Remove(stream, out var gateway))
        {
            foreach (var (id, version) in gateway.Held)
            {
                _held.Move(id, version, "");
            }
        }
    }
}
