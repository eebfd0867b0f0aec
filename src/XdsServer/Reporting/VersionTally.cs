using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.XdsServer.Reporting;

/// <summary>Of many resources, how many gateways hold each version. Not thread-safe.</summary>
internal sealed class VersionTally
{
    private readonly Dictionary<ResourceId, VersionCounts> _resources = [];

    /// <summary>Gateways that hold a version of a resource.</summary>
    public int Of(ResourceId id, string version) => _resources.TryGetValue(id, out var counts) ? counts.Of(version) : 0;

    /// <summary>A gateway holds another version than before; the empty version means none.</summary>
    public void Move(ResourceId id, string before, string after)
    {
        if (before == after)
        {
            return;
        }

        var counts = _resources.GetValueOrDefault(id).Change(before, -1).Change(after, 1);
        if (counts.IsEmpty)
        {
            _resources.Remove(id);
        }
        else
        {
            _resources[id] = counts;
        }
    }
}
