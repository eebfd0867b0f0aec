namespace Knative.Xds.Core.Scaling;

/// <summary>What one decision leaves for the next.</summary>
/// <param name="PanicTime">When the panic threshold was last exceeded; null when not panicking.</param>
/// <param name="MaxPanicPods">Floor of the decision while panicking.</param>
/// <param name="Delay">Window of scale-down-delay; null when there is no delay.</param>
public readonly record struct ScaleState(DateTimeOffset? PanicTime, int MaxPanicPods, DelayWindow? Delay)
{
    /// <summary>Pods that are kept until <see cref="HeldUntil"/>.</summary>
    public int HeldPods { get; init; }

    /// <summary>Until when a decider that took over keeps what it found; the default is never.</summary>
    public DateTimeOffset HeldUntil { get; init; }

    /// <summary>Whether they are kept only while the load asks for any.</summary>
    public bool HeldUnderLoadOnly { get; init; }

    /// <summary>The same with every instant moved back, as the clock that they were taken from was set back. This state is used up.</summary>
    public ScaleState ShiftBack(TimeSpan step)
    {
        Delay?.ShiftBack(step);
        return this with { PanicTime = PanicTime - step, HeldUntil = HeldUntil == default ? default : HeldUntil - step };
    }
}
