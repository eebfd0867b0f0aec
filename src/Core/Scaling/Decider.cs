namespace Knative.Xds.Core.Scaling;

/// <summary>The scaling decision: pure, and equal to upstream's to the digit.</summary>
/// <remarks>Source: knative/serving pkg/autoscaler/scaling/autoscaler.go.</remarks>
public static class Decider
{
    /// <value>How often a decision is due without being asked for.</value>
    public static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(2);

    /// <summary>State of a new decider. With more than one pod ready it begins in panic, so that a restart never scales down.</summary>
    public static ScaleState Start(DeciderSpec spec, int readyPods, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var delay = spec.ScaleDownDelay > GoDuration.Zero ? new DelayWindow(spec.ScaleDownDelay, TickInterval) : null;
        return new ScaleState(readyPods > 1 ? now : null, readyPods, delay);
    }

    /// <summary>State of a decider whose revision another replica decided before. It keeps what it found until it has seen a whole stable window.</summary>
    /// <remarks>Upstream keeps only what is ready, and only when that is more than one pod: a revision on its way up, or with one busy pod, can then lose pods to a window that has hardly begun.
    /// The one before may have ended after it scaled and before it said so. Of a revision that was said to have no pods, or that was never decided, its scale may as well be on the way
    /// to zero, or still the first: it is kept only if there are requests.</remarks>
    public static ScaleState Resume(DeciderSpec spec, int readyPods, in FoundScale found, DateTimeOffset now)
    {
        var state = Start(spec, readyPods, now);
        var held = found.IsWanted ? found.Most : found.Wanted == 0 || found.Scaled > spec.InitialScale ? found.Scaled : 0;
        if (held <= 0)
        {
            return state;
        }

        if (found.IsWanted)
        {
            state.Delay?.Record(now, held);
        }

        return state with { HeldPods = held, HeldUntil = now + spec.StableWindow.ToTimeSpan(), HeldUnderLoadOnly = !found.IsWanted };
    }

    /// <summary>State of a decider whose data was lost: it keeps what it decided last until it has seen a whole stable window, as one that takes over does.</summary>
    public static ScaleState Hold(DeciderSpec spec, in ScaleDecision last, in ScaleState state, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return last.Desired > 0
            ? state with { HeldPods = last.Desired, HeldUntil = now + spec.StableWindow.ToTimeSpan(), HeldUnderLoadOnly = false }
            : state;
    }

    /// <summary>What is published after taking over, before the first decision: the pods and the way of the traffic that were found.</summary>
    public static ScaleDecision Resumed(DeciderSpec spec, in FoundScale found)
    {
        var initial = Initial(spec);
        return !found.IsWanted
            ? initial
            : initial with
            {
                Desired = found.Most,
                ExcessBurstCapacity = found.Serving ? Math.Max(0, initial.ExcessBurstCapacity) : Math.Min(-1, initial.ExcessBurstCapacity),
                Rule = ScaleRule.HandOver,
            };
    }

    /// <summary>What is published before the first decision: no wish for pods, and the capacity of the initial scale.</summary>
    public static ScaleDecision Initial(DeciderSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var capacity = spec.TargetBurstCapacity is 0 or -1
            ? spec.TargetBurstCapacity
            : (spec.InitialScale * spec.TotalValue) - spec.TargetBurstCapacity;
        return new ScaleDecision { Desired = -1, ExcessBurstCapacity = LikeGo(Math.Truncate(capacity)) };
    }

    /// <summary>Decides. Nothing changes when pods or metrics are unknown.</summary>
    /// <remarks>The state that goes in is used up: its delay window, a flat array, goes over to the one that comes out. Allocates nothing.</remarks>
    public static (ScaleDecision Decision, ScaleState State) Decide(DeciderSpec spec, in ScaleInput input, in ScaleState state, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (input is not { ReadyPods: { } ready, Averages: { } averages })
        {
            return (default, state);
        }

        var readyForRates = Math.Max(1.0, ready);
        var limits = new RateLimits(spec, readyForRates);
        var rawPanic = Math.Ceiling(averages.Panic / spec.TargetValue);
        var stablePods = limits.Apply(Math.Ceiling(averages.Stable / spec.TargetValue), ScaleRule.StableAverage);
        var panicPods = limits.Apply(rawPanic, ScaleRule.PanicAverage);

        var next = Panic(spec, state, now, rawPanic / readyForRates >= spec.PanicThreshold);
        var desired = stablePods;
        if (next.PanicTime is not null)
        {
            // Never down while panicking.
            desired = stablePods.Max(panicPods.Pods, panicPods.Rule).Max(next.MaxPanicPods, ScaleRule.PanicFloor);
            next = next with { MaxPanicPods = desired.Pods };
        }

        if (spec.Reachable && next.Delay is { } delay)
        {
            delay.Record(now, desired.Pods);
            desired = desired.Max(delay.Current, ScaleRule.ScaleDownDelay);
        }

        if (now < next.HeldUntil && (desired.Pods > 0 || !next.HeldUnderLoadOnly))
        {
            desired = desired.Max(next.HeldPods, ScaleRule.HandOver);
        }

        var decision = new ScaleDecision
        {
            Valid = true,
            Desired = desired.Pods,
            Rule = desired.Rule,
            ExcessBurstCapacity = ExcessBurstCapacity(spec, ready, averages.Panic),
            ReadyPods = ready,
            Averages = averages,
            StablePods = stablePods.Pods,
            PanicPods = panicPods.Pods,
            Panicking = next.PanicTime is not null,
        };
        return (decision, next);
    }

    /// <summary>Whether a decision changes what its watcher acts on: the scale, or the sign of the excess burst capacity (0 is positive).</summary>
    public static bool Matters(in ScaleDecision before, in ScaleDecision after) =>
        before.Desired != after.Desired || before.ExcessBurstCapacity < 0 != after.ExcessBurstCapacity < 0;

    /// <summary>The metric that a decision asks for; null when it needs none, as nothing is decided while the pods cannot be counted.</summary>
    public static ScalingMetric? MetricAsked(DeciderSpec spec, int? readyPods)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return readyPods is null ? null : spec.ScalingMetric;
    }

    /// <summary>Whether a pushed stat asks for a decision at once: a revision that was decided to zero has requests.</summary>
    public static bool ShouldPoke(int lastDesired, double averageConcurrentRequests) => lastDesired == 0 && averageConcurrentRequests != 0;

    /// <summary>How many activators a revision needs in its path.</summary>
    /// <remarks>Source: knative/serving pkg/reconciler/autoscaling/kpa/kpa.go, computeNumActivators.</remarks>
    public static int ActivatorCount(DeciderSpec spec, int readyPods)
    {
        ArgumentNullException.ThrowIfNull(spec);
        const int Least = 2;
        if (spec.TargetBurstCapacity == 0)
        {
            return Least;
        }

        var capacity = (readyPods * spec.TotalValue) + Math.Max(0, spec.TargetBurstCapacity);
        return LikeGo(Math.Max(Least, Math.Ceiling(capacity / spec.ActivatorCapacity)));
    }

    private static ScaleState Panic(DeciderSpec spec, in ScaleState state, DateTimeOffset now, bool overThreshold)
    {
        if (overThreshold)
        {
            return state with { PanicTime = now };
        }

        return state.PanicTime is { } since && now - since > spec.StableWindow
            ? state with { PanicTime = null, MaxPanicPods = 0 }
            : state;
    }

    private static int ExcessBurstCapacity(DeciderSpec spec, int ready, double panic) => spec.TargetBurstCapacity switch
    {
        0 => 0,
        > 0 => LikeGo(Math.Floor((ready * spec.TotalValue) - spec.TargetBurstCapacity - panic)),
        _ => -1,
    };

    // Beyond its range an int32 is the least one in Go on amd64; clamping would give another decision than upstream's.
    internal static int LikeGo(double value) => value is >= int.MinValue and <= int.MaxValue ? (int)value : int.MinValue;
}
