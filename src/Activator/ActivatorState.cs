using Knative.Xds.Activation.Reporting;
using Knative.Xds.Activation.Revisions;

namespace Knative.Xds.Activation;

/// <summary>What the activator is doing, for views and tests.</summary>
/// <remarks>Threading: safe.</remarks>
public sealed class ActivatorState
{
    private readonly RevisionTable _revisions;
    private readonly AutoscalerLink _link;

    internal ActivatorState(RevisionTable revisions, AutoscalerLink link) => (_revisions, _link) = (revisions, link);

    /// <summary>Whether the activator was told to stop.</summary>
    public bool IsDraining { get; internal set; }

    /// <summary>Figures of this moment.</summary>
    public ActivatorSnapshot Snapshot() => new(
        _link.IsUp,
        IsDraining,
        [.. _revisions.All.Select(runtime => new RevisionSnapshot(runtime.Revision.Key, runtime.Throttle.InFlight, runtime.Throttle.Waiting, runtime.Throttle.Backends))
            .OrderBy(revision => revision.Revision)]);
}
