namespace Knative.Xds.Core.Scaling;

/// <summary>When a PodAutoscaler is active.</summary>
/// <remarks>Source: knative/serving pkg/reconciler/autoscaling/kpa/kpa.go, computeActiveCondition.</remarks>
public static class ActivationRules
{
    /// <summary>Ready pods that make a revision active; 0 only before it was ever up, with an initial scale of 0.</summary>
    public static int MinReady(RevisionScaling scaling, bool scaleTargetInitialized)
    {
        ArgumentNullException.ThrowIfNull(scaling);
        return Math.Max(scaling.MinScale, scaleTargetInitialized ? 1 : scaling.Decider.InitialScale);
    }

    /// <summary>The next condition Active. <paramref name="want"/> is -1 when nothing is decided yet.</summary>
    public static ActiveVerdict Next(ActiveCondition now, int want, int ready, int minReady)
    {
        if (want == 0)
        {
            return now == ActiveCondition.Activating && minReady > 0 ? ActiveVerdict.TimedOut : ActiveVerdict.NoTraffic;
        }

        if (minReady == 0)
        {
            return ActiveVerdict.NoTraffic;
        }

        if (want > 0)
        {
            return ready < minReady ? ActiveVerdict.Queued : ActiveVerdict.Active;
        }

        return (ready < minReady, now) switch
        {
            (true, ActiveCondition.Inactive) => ActiveVerdict.NoTraffic,
            (true, _) => ActiveVerdict.Queued,
            (false, ActiveCondition.Inactive) => ActiveVerdict.Unchanged,
            (false, _) => ActiveVerdict.Active,
        };
    }
}
