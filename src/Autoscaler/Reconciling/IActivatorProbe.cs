using Knative.Xds.Core.Model;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>Asks whether a revision's Service leads to activators.</summary>
internal interface IActivatorProbe
{
    /// <summary>Probes once.</summary>
    Task<bool> ProbeAsync(ScaleTarget target, CancellationToken cancellationToken);

    /// <summary>Probes until it passes, for a while; one run at a time for a revision. <paramref name="ended"/> is told when it ends, either way.</summary>
    void ProbeInBackground(ScaleTarget target, BackgroundProbe probe, Action<ObjectKey> ended);
}
