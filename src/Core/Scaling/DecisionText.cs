using static System.FormattableString;

namespace Knative.Xds.Core.Scaling;

/// <summary>Says in words why a decision is what it is. Pure: everything comes from the decision, its inputs and the state it left.</summary>
public static class DecisionText
{
    /// <summary>The rule that bound a decision, with its numbers.</summary>
    /// <param name="spec">Settings that it was made with.</param>
    /// <param name="decision">The decision.</param>
    /// <param name="after">State that it left.</param>
    /// <param name="at">When it was made.</param>
    public static string Why(DeciderSpec spec, in ScaleDecision decision, in ScaleState after, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var limits = new RateLimits(spec, Math.Max(1, decision.ReadyPods));
        return decision.Rule switch
        {
            ScaleRule.StableAverage => Share("average", decision.Averages.Stable, spec),
            ScaleRule.PanicAverage => Invariant($"panicking: {Share("short average", decision.Averages.Panic, spec)}"),
            ScaleRule.MaxScaleUpRate => Invariant($"{Load(spec, decision)}, but max-scale-up-rate {spec.MaxScaleUpRate:0.##} allows no more than {limits.Up:0} with {decision.ReadyPods} ready"),
            ScaleRule.MaxScaleDownRate => Invariant($"{Load(spec, decision)}, but max-scale-down-rate {spec.MaxScaleDownRate:0.##} allows no less than {limits.Down:0} with {decision.ReadyPods} ready"),
            ScaleRule.ActivationScale => Invariant($"{Load(spec, decision)}, but activation-scale is {spec.ActivationScale}"),
            ScaleRule.PanicFloor => Invariant($"{Load(spec, decision)}, but it never goes down while panicking: for {Seconds(after.PanicTime + spec.StableWindow.ToTimeSpan() - at)} yet, unless load renews it"),
            ScaleRule.ScaleDownDelay => Invariant($"{Load(spec, decision)}, but {decision.Desired} was decided within the scale-down-delay of {Seconds(spec.ScaleDownDelay.ToTimeSpan())}"),
            ScaleRule.HandOver => Invariant($"{Held(decision, spec)}this replica took over, or its clock was set back, and keeps the {decision.Desired} that it found: for {Seconds(after.HeldUntil - at)} yet"),
            _ => "pods or metrics are unknown: the decision before stands",
        };
    }

    /// <summary>What a value of <see cref="DeciderSpec.TargetBurstCapacity"/> and the excess mean for the path of requests.</summary>
    public static string Path(DeciderSpec spec, in ScaleDecision decision)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return spec.TargetBurstCapacity switch
        {
            0 => "target-burst-capacity is 0: the activators are in the path at zero only",
            < 0 => "target-burst-capacity is -1: the activators are always in the path",
            _ => Invariant($"{decision.ReadyPods} ready x {spec.TotalValue:0.##} - target-burst-capacity {spec.TargetBurstCapacity:0.##} - short average {decision.Averages.Panic:0.##} = {decision.ExcessBurstCapacity}: ")
                + (decision.ExcessBurstCapacity < 0 ? "the activators are in the path" : "requests go straight to the pods"),
        };
    }

    private static string Share(string what, double average, DeciderSpec spec) => Invariant($"{what} {average:0.##} / target {spec.TargetValue:0.##} = {Math.Ceiling(average / spec.TargetValue):0}");

    // Before the first decision there is no load to speak of.
    private static string Held(in ScaleDecision decision, DeciderSpec spec) => decision.Valid ? $"{Load(spec, decision)}, but " : "";

    private static string Load(DeciderSpec spec, in ScaleDecision decision) =>
        decision.Panicking && decision.Averages.Panic > decision.Averages.Stable
            ? Share("short average", decision.Averages.Panic, spec)
            : Share("average", decision.Averages.Stable, spec);

    private static string Seconds(TimeSpan? duration) => Invariant($"{Math.Max(0, duration?.TotalSeconds ?? 0):0.#} s");
}
