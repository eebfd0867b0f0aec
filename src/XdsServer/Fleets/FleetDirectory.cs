using System.Collections.Frozen;
using System.Collections.Immutable;
using Envoy.Config.Core.V3;

namespace Knative.Xds.XdsServer.Fleets;

/// <summary>All fleets: finds those that serve an ingress, and the one that a gateway belongs to.</summary>
/// <remarks>Immutable; safe from any thread.</remarks>
internal sealed class FleetDirectory
{
    private readonly FrozenDictionary<string, ImmutableArray<Fleet>> _byClass;
    private readonly FrozenDictionary<string, Fleet> _byName;
    private readonly FrozenDictionary<string, Fleet> _byNodeCluster;

    /// <summary>Makes the fleets.</summary>
    /// <exception cref="FormatException">They are not distinct, or one is malformed; the message names it.</exception>
    public FleetDirectory(IEnumerable<FleetOptions> options)
    {
        All = [.. options.Select(Create)];
        _byName = Index(fleet => fleet.Name, "name");
        _byNodeCluster = Index(fleet => fleet.Options.NodeCluster, "nodeCluster");
        _byClass = All
            .SelectMany(fleet => fleet.Options.IngressClasses.Distinct(StringComparer.Ordinal).Select(name => (Class: name, Fleet: fleet)))
            .GroupBy(entry => entry.Class, entry => entry.Fleet, StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);
    }

    /// <summary>All fleets, in the order of their configuration.</summary>
    public ImmutableArray<Fleet> All { get; }

    /// <summary>The fleets that serve an ingress; empty when it is not ours.</summary>
    public ImmutableArray<Fleet> Serving(string ingressClass, IReadOnlyDictionary<string, string> labels) =>
        _byClass.TryGetValue(ingressClass, out var fleets) ? fleets.RemoveAll(fleet => !fleet.Selects(labels)) : [];

    /// <summary>The fleet that a gateway belongs to: the one that its metadata names, else the one of its cluster, else the default one, or the only one.</summary>
    /// <param name="node">What the gateway says that it is.</param>
    /// <param name="problem">Why there is none; empty otherwise.</param>
    public Fleet? Find(Node node, out string problem)
    {
        problem = "";
        if (NameOf(node) is { Length: > 0 } name)
        {
            if (_byName.TryGetValue(name, out var named))
            {
                return named;
            }

            problem = $"node {node.Id}: there is no fleet \"{name}\"; the fleets are {string.Join(", ", All.Select(fleet => fleet.Name))}";
            return null;
        }

        if (_byNodeCluster.TryGetValue(node.Cluster, out var found) || _byName.TryGetValue(FleetOptions.DefaultName, out found))
        {
            return found;
        }

        problem = All.Length == 1 ? "" : $"node {node.Id}: metadata \"{FleetOptions.MetadataKey}\" must name one of the fleets {string.Join(", ", All.Select(fleet => fleet.Name))}";
        return All.Length == 1 ? All[0] : null;
    }

    private static string? NameOf(Node node) => node.Metadata?.Fields is { } fields && fields.TryGetValue(FleetOptions.MetadataKey, out var value) ? value.StringValue : null;

    private static Fleet Create(FleetOptions options)
    {
        if (options.Name.Length == 0)
        {
            throw new FormatException("a fleet has no name");
        }

        return options.IngressClasses.Count > 0 ? new Fleet(options) : throw new FormatException($"fleet {options.Name}: ingressClasses: there is none");
    }

    private FrozenDictionary<string, Fleet> Index(Func<Fleet, string> key, string field)
    {
        var groups = All.Where(fleet => key(fleet).Length > 0).GroupBy(key, StringComparer.Ordinal).ToList();
        return groups.Find(group => group.Count() > 1) is { } twins
            ? throw new FormatException($"fleets {string.Join(", ", twins.Select(fleet => fleet.Name))}: {field} \"{twins.Key}\" must be one fleet's alone")
            : groups.ToFrozenDictionary(group => group.Key, group => group.Single(), StringComparer.Ordinal);
    }
}
