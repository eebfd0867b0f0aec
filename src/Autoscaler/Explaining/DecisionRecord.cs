using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Autoscaler.Explaining;

/// <summary>A decision that is remembered, with everything that it came from. Small: every revision keeps some.</summary>
internal readonly struct DecisionRecord
{
    private readonly long _firstTicks;
    private readonly long _lastTicks;
    private readonly long _panicTicks;
    private readonly long _heldUntilTicks;

    private DecisionRecord(long firstTicks, long lastTicks, int times, DeciderSpec spec, in ScaleDecision decision, in ScaleState after)
    {
        (_firstTicks, _lastTicks, Times, Spec, Decision) = (firstTicks, lastTicks, times, spec, decision);
        (_panicTicks, _heldUntilTicks) = (after.PanicTime?.UtcTicks ?? 0, after.HeldUntil.UtcTicks);
    }

    /// <summary>When it was made.</summary>
    public DateTimeOffset First => new(_firstTicks, TimeSpan.Zero);

    /// <summary>When it was made again for the last time, with nothing changed between.</summary>
    public DateTimeOffset Last => new(_lastTicks, TimeSpan.Zero);

    /// <summary>How often it was made.</summary>
    public int Times { get; }

    /// <summary>Settings.</summary>
    public DeciderSpec Spec { get; }

    /// <summary>Outcome and observations.</summary>
    public ScaleDecision Decision { get; }

    /// <summary>What its words need of the state that it left.</summary>
    public ScaleState After => new(_panicTicks == 0 ? null : new DateTimeOffset(_panicTicks, TimeSpan.Zero), 0, null) { HeldUntil = new DateTimeOffset(_heldUntilTicks, TimeSpan.Zero) };

    public static DecisionRecord Once(DateTimeOffset at, DeciderSpec spec, in ScaleDecision decision, in ScaleState after) =>
        new(at.UtcTicks, at.UtcTicks, 1, spec, decision, after);

    public bool IsRepeatedBy(DeciderSpec spec, in ScaleDecision decision) => Decision == decision && ReferenceEquals(Spec, spec);

    public DecisionRecord Again(DateTimeOffset at, in ScaleState after) => new(_firstTicks, at.UtcTicks, Times + 1, Spec, Decision, after);
}
