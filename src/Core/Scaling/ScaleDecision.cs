namespace Knative.Xds.Core.Scaling;

/// <summary>Outcome of one decision, with what led to it.</summary>
public readonly record struct ScaleDecision
{
    /// <summary>False when nothing can be said: the last decision stands.</summary>
    public bool Valid { get; init; }
    /// <summary>Wanted pods, before the revision's bounds.</summary>
    public int Desired { get; init; }
    /// <summary>Which rule bound <see cref="Desired"/>.</summary>
    public ScaleRule Rule { get; init; }
    /// <summary>Capacity left after a burst; negative means that the activator must buffer.</summary>
    public int ExcessBurstCapacity { get; init; }
    /// <summary>Ready pods that were counted.</summary>
    public int ReadyPods { get; init; }
    /// <summary>Averages that were read.</summary>
    public MetricAverages Averages { get; init; }
    /// <summary>Pods for the stable average, after the rate limits.</summary>
    public int StablePods { get; init; }
    /// <summary>Pods for the panic average, after the rate limits.</summary>
    public int PanicPods { get; init; }
    /// <summary>Whether panic mode bound the decision.</summary>
    public bool Panicking { get; init; }
}
