namespace Knative.Xds.Activation.Backends;

/// <summary>When to probe a pod again.</summary>
internal static class ProbeSchedule
{
    private const double HastyMilliseconds = 5;
    private const int HastyAttempts = 200;
    private const int PodsAtOnce = 20;

    /// <summary>Pause after a probe that did not pass.</summary>
    /// <param name="frequency">The unhurried pause.</param>
    /// <param name="waiting">Whether requests wait for the revision.</param>
    /// <param name="attempt">Probes of this pod that did not pass so far.</param>
    /// <param name="pending">Pods of the revision that have not passed.</param>
    /// <remarks>Upstream always takes the unhurried pause, which is the largest part of its cold start once the pod runs.
    /// While requests wait we ask much more often, growing slower for a pod that stays away and with many pods at once, so that probing never eats a core.</remarks>
    public static TimeSpan Pause(TimeSpan frequency, bool waiting, int attempt, int pending)
    {
        if (!waiting)
        {
            return frequency;
        }

        var patience = 1 + Math.Max(0, attempt - HastyAttempts) / (HastyAttempts / 4);
        var crowd = Math.Max(1.0, (double)pending / PodsAtOnce);
        var pause = TimeSpan.FromMilliseconds(HastyMilliseconds * patience * crowd);
        return pause < frequency ? pause : frequency;
    }
}
