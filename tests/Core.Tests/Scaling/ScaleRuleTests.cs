using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Core.Tests.Scaling;

/// <summary>Each rule that can bind a decision, once, with the words an operator reads.</summary>
public class ScaleRuleTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(56);
    private static readonly DeciderSpec Spec = new()
    {
        TargetValue = 7,
        TotalValue = 10,
        TargetBurstCapacity = 211,
        ActivatorCapacity = 100,
        MaxScaleUpRate = 1000,
        MaxScaleDownRate = 2,
        PanicThreshold = 2,
        StableWindow = TimeSpan.FromSeconds(60),
        InitialScale = 1,
        Reachable = true,
    };

    [Fact]
    public void Decide_NoData_SaysThatTheDecisionBeforeStands()
    {
        var (decision, _) = Decider.Decide(Spec, new ScaleInput(3, null), default, Now);

        Assert.Equal((false, ScaleRule.NoData), (decision.Valid, decision.Rule));
        Assert.Equal("pods or metrics are unknown: the decision before stands", DecisionText.Why(Spec, decision, default, Now));
    }

    [Fact]
    public void Decide_Load_IsBoundByTheStableAverage() =>
        AssertDecides(7, ScaleRule.StableAverage, "average 45.3 / target 7 = 7", Spec, ready: 6, stable: 45.3, panic: 45.3);

    [Fact]
    public void Decide_NoLoad_IsZeroByTheStableAverage() =>
        AssertDecides(0, ScaleRule.StableAverage, "average 0 / target 7 = 0", Spec, ready: 1, stable: 0, panic: 0);

    [Fact]
    public void Decide_Burst_IsBoundByThePanicAverage() =>
        AssertDecides(29, ScaleRule.PanicAverage, "panicking: short average 200 / target 7 = 29", Spec, ready: 1, stable: 20, panic: 200);

    [Fact]
    public void Decide_BurstBeyondTheUpRate_IsBoundByIt() =>
        AssertDecides(
            20, ScaleRule.MaxScaleUpRate, "short average 700 / target 7 = 100, but max-scale-up-rate 10 allows no more than 20 with 2 ready",
            Spec with { MaxScaleUpRate = 10 }, ready: 2, stable: 70, panic: 700);

    [Fact]
    public void Decide_DropBeyondTheDownRate_IsBoundByIt() =>
        AssertDecides(
            5, ScaleRule.MaxScaleDownRate, "average 7 / target 7 = 1, but max-scale-down-rate 2 allows no less than 5 with 10 ready", Spec, ready: 10, stable: 7, panic: 7);

    [Fact]
    public void Decide_FirstRequest_IsBoundByTheActivationScale() =>
        AssertDecides(
            3, ScaleRule.ActivationScale, "average 1 / target 7 = 1, but activation-scale is 3", Spec with { ActivationScale = 3 }, ready: 0, stable: 1, panic: 1);

    [Fact]
    public void Decide_LessWhilePanicking_IsBoundByTheFloor() =>
        AssertDecides(
            12, ScaleRule.PanicFloor, "average 35 / target 7 = 5, but it never goes down while panicking: for 40 s yet, unless load renews it",
            Spec, ready: 12, stable: 35, panic: 35, new ScaleState(Now.AddSeconds(-20), 12, null));

    [Fact]
    public void Decide_PanicOver_IsBoundByTheStableAverageAgain() =>
        AssertDecides(
            6, ScaleRule.StableAverage, "average 42 / target 7 = 6", Spec, ready: 12, stable: 42, panic: 42, new ScaleState(Now.AddSeconds(-61), 12, null));

    [Fact]
    public void Decide_LessWithinTheDelay_IsBoundByIt()
    {
        var delay = new DelayWindow(TimeSpan.FromMinutes(5), Decider.TickInterval);
        delay.Record(Now.AddMinutes(-1), 9);
        AssertDecides(
            9, ScaleRule.ScaleDownDelay, "average 35 / target 7 = 5, but 9 was decided within the scale-down-delay of 300 s",
            Spec with { ScaleDownDelay = TimeSpan.FromMinutes(5) }, ready: 9, stable: 35, panic: 35, new ScaleState(null, 0, delay));
    }

    [Fact]
    public void Decide_AfterTakingOver_KeepsWhatWasFoundForAStableWindow()
    {
        var state = Decider.Resume(Spec, readyPods: 1, new FoundScale(4, 4, Serving: true), Now);
        AssertDecides(
            4, ScaleRule.HandOver, "average 0 / target 7 = 0, but this replica took over, or its clock was set back, and keeps the 4 that it found: for 50 s yet",
            Spec, ready: 1, stable: 0, panic: 0, state, Now.AddSeconds(10));

        AssertDecides(0, ScaleRule.StableAverage, "average 0 / target 7 = 0", Spec, ready: 1, stable: 0, panic: 0, state, Now.AddSeconds(60));
    }

    [Fact]
    public void Resume_RevisionOnItsWayUp_HoldsMoreThanItsReadyPods()
    {
        var state = Decider.Resume(Spec, readyPods: 4, new FoundScale(10, 10, Serving: true), Now);

        // Upstream would keep the four that are ready.
        AssertDecides(
            10, ScaleRule.HandOver, "average 35 / target 7 = 5, but this replica took over, or its clock was set back, and keeps the 10 that it found: for 58 s yet",
            Spec, ready: 4, stable: 35, panic: 35, state, Now.AddSeconds(2));
        Assert.Equal((Now, 4), (state.PanicTime, state.MaxPanicPods));
    }

    [Fact]
    public void Resume_WithScaleDownDelay_HoldsForThatLong()
    {
        var spec = Spec with { ScaleDownDelay = TimeSpan.FromMinutes(5) };
        var state = Decider.Resume(spec, readyPods: 1, new FoundScale(4, 4, Serving: true), Now);

        var (decision, _) = Decider.Decide(spec, new ScaleInput(1, new MetricAverages(0, 0)), state, Now.AddMinutes(4));

        Assert.Equal((4, ScaleRule.ScaleDownDelay), (decision.Desired, decision.Rule));
    }

    [Fact]
    public void Resume_NothingFound_IsAStart()
    {
        Assert.Equal(Decider.Start(Spec, 3, Now), Decider.Resume(Spec, 3, FoundScale.Nothing, Now));
        Assert.Equal(Decider.Initial(Spec), Decider.Resumed(Spec, FoundScale.Nothing));
    }

    // The one before was ended between setting the scale and saying so.
    [Theory]
    [InlineData(3, 7)]
    [InlineData(7, 3)]
    public void Resume_StatusAndScaleDiffer_HoldsTheLarger(int wanted, int scaled)
    {
        var found = new FoundScale(wanted, scaled, Serving: false);
        var (resumed, state) = (Decider.Resumed(Spec, found), Decider.Resume(Spec, readyPods: 1, found, Now));

        Assert.Equal((7, ScaleRule.HandOver), (resumed.Desired, resumed.Rule));
        AssertDecides(
            7, ScaleRule.HandOver, "average 14 / target 7 = 2, but this replica took over, or its clock was set back, and keeps the 7 that it found: for 58 s yet", Spec, ready: 1, stable: 14, panic: 14, state, Now.AddSeconds(2));
    }

    // At zero as far as its status says: woken a moment ago, or on its way to zero.
    [Theory]
    [InlineData(0, 5, 1)]
    [InlineData(-1, 5, 1)]
    [InlineData(-1, 5, 4)]
    public void Resume_ScaledButNotSaid_IsHeldOnlyUnderLoad(int wanted, int scaled, int initialScale)
    {
        var spec = Spec with { InitialScale = initialScale };
        var found = new FoundScale(wanted, scaled, Serving: false);
        var state = Decider.Resume(spec, readyPods: 0, found, Now);

        Assert.Equal(Decider.Initial(spec), Decider.Resumed(spec, found));
        AssertDecides(0, ScaleRule.StableAverage, "average 0 / target 7 = 0", spec, ready: 0, stable: 0, panic: 0, state, Now.AddSeconds(2));
        AssertDecides(
            5, ScaleRule.HandOver, "average 1 / target 7 = 1, but this replica took over, or its clock was set back, and keeps the 5 that it found: for 58 s yet", spec, ready: 0, stable: 1, panic: 1, state, Now.AddSeconds(2));
        AssertDecides(1, ScaleRule.StableAverage, "average 1 / target 7 = 1", spec, ready: 0, stable: 1, panic: 1, state, Now.AddSeconds(60));
    }

    [Fact]
    public void Resume_NewRevisionAtItsInitialScale_IsAStart() =>
        Assert.Equal(Decider.Start(Spec with { InitialScale = 5 }, 0, Now), Decider.Resume(Spec with { InitialScale = 5 }, 0, new FoundScale(-1, 5, Serving: false), Now));

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, -201)]
    public void Resumed_PublishesWhatWasFound(bool serving, int excess)
    {
        var found = new FoundScale(5, 5, serving);
        var resumed = Decider.Resumed(Spec, found);

        Assert.Equal((5, excess, ScaleRule.HandOver, false), (resumed.Desired, resumed.ExcessBurstCapacity, resumed.Rule, resumed.Valid));
        Assert.Equal("this replica took over, or its clock was set back, and keeps the 5 that it found: for 60 s yet", DecisionText.Why(Spec, resumed, Decider.Resume(Spec, 5, found, Now), Now));
    }

    [Theory]
    [InlineData(0, 1, "target-burst-capacity is 0: the activators are in the path at zero only")]
    [InlineData(-1, 1, "target-burst-capacity is -1: the activators are always in the path")]
    [InlineData(211, 3, "3 ready x 10 - target-burst-capacity 211 - short average 5 = -186: the activators are in the path")]
    [InlineData(211, 30, "30 ready x 10 - target-burst-capacity 211 - short average 5 = 84: requests go straight to the pods")]
    public void Path_BurstCapacity_SaysWhereRequestsGo(double capacity, int ready, string expected)
    {
        var spec = Spec with { TargetBurstCapacity = capacity };

        var (decision, _) = Decider.Decide(spec, new ScaleInput(ready, new MetricAverages(5, 5)), default, Now);

        Assert.Equal(expected, DecisionText.Path(spec, decision));
    }

    private static void AssertDecides(
        int desired, ScaleRule rule, string why, DeciderSpec spec, int ready, double stable, double panic, ScaleState state = default, DateTimeOffset? at = null)
    {
        var (decision, after) = Decider.Decide(spec, new ScaleInput(ready, new MetricAverages(stable, panic)), state, at ?? Now);

        Assert.Equal((desired, rule, why), (decision.Desired, decision.Rule, DecisionText.Why(spec, decision, after, at ?? Now)));
    }
}
