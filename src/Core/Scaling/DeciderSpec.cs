namespace Knative.Xds.Core.Scaling;

/// <summary>Everything a decision depends on that is configured, for one revision.</summary>
/// <remarks>Source: knative/serving pkg/autoscaler/scaling/multiscaler.go, DeciderSpec.</remarks>
public sealed record DeciderSpec
{
    /// <summary>What is measured.</summary>
    public ScalingMetric ScalingMetric { get; init; }
    /// <summary>Wanted average per pod.</summary>
    public double TargetValue { get; init; }
    /// <summary>What a pod can take at most.</summary>
    public double TotalValue { get; init; }
    /// <summary>Burst that must be bearable without buffering; 0 never buffers, -1 always does.</summary>
    public double TargetBurstCapacity { get; init; }
    /// <summary>Concurrency that one activator bears.</summary>
    public double ActivatorCapacity { get; init; }
    /// <summary>A decision is at most this many times the ready pods.</summary>
    public double MaxScaleUpRate { get; init; }
    /// <summary>A decision is at least the ready pods divided by this.</summary>
    public double MaxScaleDownRate { get; init; }
    /// <summary>Ratio of wanted to ready pods at which panic begins.</summary>
    public double PanicThreshold { get; init; }
    /// <summary>Length of the stable window.</summary>
    public GoDuration StableWindow { get; init; }
    /// <summary>How long a lower decision must hold before it counts.</summary>
    public GoDuration ScaleDownDelay { get; init; }
    /// <summary>Least pods when there are any; 0 or 1 is no rule.</summary>
    public int ActivationScale { get; init; }
    /// <summary>Pods at creation.</summary>
    public int InitialScale { get; init; }
    /// <summary>Whether any route leads to the revision.</summary>
    public bool Reachable { get; init; }
}
