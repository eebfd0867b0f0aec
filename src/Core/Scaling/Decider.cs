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
        var delay = spec.ScaleDownDelay > TimeSpan.Zero ? new DelayWindow(spec.ScaleDownDelay, TickInterval) : null;
        return new ScaleState(readyPods > 1 ? now : null, readyPods, delay);
    }

    /// <summary>What is published before the first decision: no wish for pods, and the capacity of the initial scale.</summary>
    public static ScaleDecision Initial(DeciderSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var capacity = spec.TargetBurstCapacity is 0 or -1
            ? spec.TargetBurstCapacity
            : (spec.InitialScale * spec.TotalValue) - spec.TargetBurstCapacity;
        return new ScaleDecision { Desired = -1, ExcessBurstCapacity = ToInt32(Math.Truncate(capacity)) };
    }

    /// <summary>Decides. Nothing changes when pods or metrics are unknown.</summary>
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
        var stablePods = limits.Apply(Math.Ceiling(averages.Stable / spec.TargetValue));
        var panicPods = limits.Apply(rawPanic);

        var next = Panic(spec, state, now, rawPanic / readyForRates >= spec.PanicThreshold);
        var desired = stablePods;
        if (next.PanicTime is not null)
        {
            // Never down while panicking.
            desired = Math.Max(next.MaxPanicPods, Math.Max(stablePods, panicPods));
            next = next with { MaxPanicPods = desired };
        }

        if (spec.Reachable && next.Delay is { } delay)
        {
            next = next with { Delay = delay.Record(now, desired) };
            desired = next.Delay.Current;
        }

        var decision = new ScaleDecision
        {
            Valid = true,
            Desired = desired,
            ExcessBurstCapacity = ExcessBurstCapacity(spec, ready, averages.Panic),
            ReadyPods = ready,
            Averages = averages,
            StablePods = stablePods,
            PanicPods = panicPods,
            Panicking = next.PanicTime is not null,
        };
        return (decision, next);
    }

    /// <summary>Whether a decision changes what its watcher acts on: the scale, or the sign of the excess burst capacity (0 is positive).</summary>
    public static bool Matters(in ScaleDecision before, in ScaleDecision after) =>
        before.Desired != after.Desired || before.ExcessBurstCapacity < 0 != after.ExcessBurstCapacity < 0;

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
        return Math.Max(Least, ToInt32(Math.Ceiling(capacity / spec.ActivatorCapacity)));
    }

    internal static int ToInt32(double value) => double.IsNaN(value) ? 0 : (int)Math.Clamp(value, int.MinValue, int.MaxValue);

    private static ScaleState Panic(DeciderSpec spec, in ScaleState state, DateTimeOffset now, bool overThreshold)
    {
        if (overThreshold)
        {
            return state with { PanicTime = now };
        }

        return state.PanicTime is { } since && since + spec.StableWindow < now
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
    private static int LikeGo(double value) => value is >= int.MinValue and <= int.MaxValue ? (int)value : int.MinValue;

    private readonly struct RateLimits(DeciderSpec spec, double ready)
    {
        private readonly double _up = Math.Ceiling(spec.MaxScaleUpRate * ready);
        private readonly double _down = spec.Reachable ? Math.Floor(ready / spec.MaxScaleDownRate) : 0;

        public int Apply(double wanted)
        {
            var pods = LikeGo(Math.Min(Math.Max(wanted, _down), _up));
            // After the rate limits: the activation scale may exceed them, and zero stays zero.
            return wanted > 0 && spec.ActivationScale > 1 ? Math.Max(pods, spec.ActivationScale) : pods;
        }
    }
}
