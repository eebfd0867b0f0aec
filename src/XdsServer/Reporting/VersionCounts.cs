using System.Collections.Immutable;

namespace Knative.Xds.XdsServer.Reporting;

/// <summary>How many gateways hold each version of a resource. Nearly always there is one version, two while a change is on its way.</summary>
internal readonly struct VersionCounts
{
    private readonly ImmutableArray<(string Version, int Count)> _counts;

    private VersionCounts(ImmutableArray<(string, int)> counts) => _counts = counts;

    /// <summary>No gateway holds any.</summary>
    public bool IsEmpty => _counts.IsDefaultOrEmpty;

    /// <summary>Gateways that hold a version.</summary>
    public int Of(string version)
    {
        foreach (var entry in IsEmpty ? [] : _counts)
        {
            if (entry.Version == version)
            {
                return entry.Count;
            }
        }

        return 0;
    }

    /// <summary>Counts gateways more or less; the empty version means none and is not counted.</summary>
    public VersionCounts Change(string version, int change)
    {
        if (version.Length == 0)
        {
            return this;
        }

        var rest = (IsEmpty ? [] : _counts).RemoveAll(entry => entry.Version == version);
        var count = Of(version) + change;
        return new(count > 0 ? rest.Add((version, count)) : rest);
    }
}
