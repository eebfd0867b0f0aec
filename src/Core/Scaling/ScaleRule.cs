namespace Knative.Xds.Core.Scaling;

/// <summary>Which rule bound the result of a decision: the one without which it would have been another.</summary>
public enum ScaleRule
{
    /// <summary>Nothing was decided: pods or metrics are unknown, and the decision before stands.</summary>
    NoData,
    /// <summary>The average over the stable window.</summary>
    StableAverage,
    /// <summary>The average over the panic window, which is the larger one while panicking.</summary>
    PanicAverage,
    /// <summary>max-scale-up-rate: not more than so many times the ready pods.</summary>
    MaxScaleUpRate,
    /// <summary>max-scale-down-rate: not less than the ready pods divided by it.</summary>
    MaxScaleDownRate,
    /// <summary>activation-scale: when there are pods at all, then at least so many.</summary>
    ActivationScale,
    /// <summary>Never down while panicking: the most that was decided since panic began.</summary>
    PanicFloor,
    /// <summary>scale-down-delay: the most that was decided within it.</summary>
    ScaleDownDelay,
    /// <summary>A replica that took over keeps what it found until it has seen a whole stable window.</summary>
    HandOver,
}
