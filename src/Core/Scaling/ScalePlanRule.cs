namespace Knative.Xds.Core.Scaling;

/// <summary>Which rule bound the step from a decision to the scale target.</summary>
public enum ScalePlanRule
{
    /// <summary>Nothing was decided yet.</summary>
    NoDecision,
    /// <summary>The decision itself.</summary>
    Load,
    /// <summary>min-scale.</summary>
    MinScale,
    /// <summary>initial-scale, until the revision had it once.</summary>
    InitialScale,
    /// <summary>max-scale.</summary>
    MaxScale,
    /// <summary>enable-scale-to-zero is false.</summary>
    ScaleToZeroDisabled,
    /// <summary>The revision is on its way up: its activation is waited for.</summary>
    Activating,
    /// <summary>It did not come up within the progress deadline.</summary>
    ActivationTimedOut,
    /// <summary>It has been active for less than the stable window: one pod stays.</summary>
    ActiveTooShort,
    /// <summary>No traffic: it becomes inactive, so that the activators get into the path first.</summary>
    BecomingInactive,
    /// <summary>Whether the activators are in the path is being asked.</summary>
    ProbingActivators,
    /// <summary>The activators are not in the path yet: the last pod stays.</summary>
    ActivatorsNotInPath,
    /// <summary>scale-to-zero-pod-retention-period: the last pod stays.</summary>
    PodRetention,
    /// <summary>scale-to-zero-grace-period: the last pod stays.</summary>
    GracePeriod,
    /// <summary>Idle for long enough: the last pod goes.</summary>
    IdleLongEnough,
}
