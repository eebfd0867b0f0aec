using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Core.Tests.Scaling;

// Rows S1 to S29 and T1 to T3 of upstream's behaviour tests; docs/compatibility.md has the table.
public class DeciderRowTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(56);

    [Fact]
    public void S1_PodsOrMetricsUnknown_IsInvalidAndChangesNothing()
    {
        var state = new ScaleState(Start, 7, null);

        Assert.Equal((default, state), Decider.Decide(Spec(10), new ScaleInput(null, new MetricAverages(50, 50)), state, Start));
        Assert.Equal((default, state), Decider.Decide(Spec(10), new ScaleInput(1, null), state, Start));
    }

    [Fact]
    public void S2_StableLoad_IsFollowed()
    {
        var run = new Run(Spec(10, burst: 101));
        Assert.Equal((5, -98), run.Decide(50, 10));
        Assert.Equal((10, -98), run.Decide(100, 10));
    }

    [Fact]
    public void S3_Rps_IsFollowedTheSame()
    {
        var run = new Run(Spec(10, burst: 101) with { ScalingMetric = ScalingMetric.Rps });
        Assert.Equal((5, -138), run.Decide(50, 50));
        Assert.Equal((10, -187), run.Decide(100, 99));
    }

    [Fact]
    public void S4_NoLoad_IsZero()
    {
        Assert.Equal((0, -87), new Run(Spec(10, burst: 100)).Decide(0, 0));
        var run = new Run(Spec(10, burst: 75));
        Assert.Equal((1, 0), (run.Decide(1, 0).Desired, run.Decide(0, 0).Desired));
    }

    [Fact]
    public void S5_BurstCapacityMinusOneOrZero_IsExcessMinusOneOrZero()
    {
        Assert.Equal((1, -1), new Run(Spec(181, burst: -1)).Decide(21, 26));
        Assert.Equal((5, 0), new Run(Spec(10)).Decide(50, 49));
    }

    [Fact]
    public void S6ToS8_Panic_BeginsHoldsAndEnds()
    {
        var run = new Run(Spec(1, burst: 98)) { Ready = 10 };
        Assert.Equal(25, run.Decide(11, 25).Desired);
        Assert.Equal(Start, run.State.PanicTime);
        run.Ready = 40;
        Assert.Equal(41, run.Decide(30, 41, at: 30).Desired);
        Assert.Equal(Start, run.State.PanicTime);
        run.Ready = 55;
        Assert.Equal(50, run.Decide(50, 56, at: 62).Desired);
        Assert.Equal((null, 0), ((DateTimeOffset?)run.State.PanicTime, run.State.MaxPanicPods));
    }

    [Fact]
    public void S9_PanicAgain_IsExtended()
    {
        var run = new Run(Spec(1, burst: 98)) { Ready = 10 };
        run.Decide(11, 25);
        run.Ready = 40;

        Assert.Equal(80, run.Decide(30, 80, at: 30).Desired);
        Assert.Equal(Start.AddSeconds(30), run.State.PanicTime);
    }

    [Fact]
    public void S10_BelowTheThreshold_NeverPanics()
    {
        var run = new Run(Spec(10, burst: 98)) { Ready = 8 };
        Assert.Equal((10, 5), (run.Decide(100, 100).Desired, run.Decide(50, 50).Desired));
        Assert.Null(run.State.PanicTime);
    }

    [Fact]
    public void S11_GrowingLoad_IsFollowedStepByStep()
    {
        var run = new Run(Spec(1));
        var wanted = new List<int>();
        foreach (var (ready, load) in new[] { (1, 6), (6, 36), (36, 216), (216, 1296), (1296, 1296) })
        {
            run.Ready = ready;
            wanted.Add(run.Decide(load, load).Desired);
        }

        Assert.Equal([6, 36, 216, 1296, 1296], wanted);
    }

    [Theory]
    [InlineData(50, 30, 50)]
    [InlineData(20, 30, 30)]
    public void S12_WhilePanicking_TheLargerAverageCounts(double stable, double panic, int expected) =>
        Assert.Equal(expected, new Run(Spec(1), new ScaleState(Start.AddSeconds(-5), 5, null)) { Ready = 5 }.Decide(stable, panic).Desired);

    [Fact]
    public void S13_SlowUpRate_StillAddsAPod() => Assert.Equal(3, new Run(Spec(1) with { MaxScaleUpRate = 1.1 }) { Ready = 2 }.Decide(3, 3.1).Desired);

    [Theory]
    [InlineData(true, 90)]
    [InlineData(false, 1)]
    public void S14_SlowDownRate_BindsOnlyTheReachable(bool reachable, int expected) =>
        Assert.Equal(expected, new Run(Spec(10) with { MaxScaleDownRate = 1.1, Reachable = reachable }) { Ready = 100 }.Decide(1, 1).Desired);

    [Fact]
    public void S15_PanicAverage_Counts() => Assert.Equal(10, new Run(Spec(10, burst: 84)).Decide(50, 100).Desired);

    [Fact]
    public void S16_AfterPanic_GoesDownOnlyAfterAStableWindow()
    {
        var run = new Run(Spec(10, burst: 93)) { Ready = 10 };
        Assert.Equal((100, 100, 1), (run.Decide(100, 1000).Desired, run.Decide(1, 1, at: 30).Desired, run.Decide(1, 1, at: 61).Desired));
    }

    [Theory]
    [InlineData(1, 1000, 1001, 10)]
    [InlineData(10, 1000, 1001, 100)]
    [InlineData(100, 1, 1, 10)]
    [InlineData(10, 1, 1, 1)]
    public void S17S18_RateLimits_BindUpAndDown(int ready, double stable, double panic, int expected) =>
        Assert.Equal(expected, new Run(Spec(10)) { Ready = ready }.Decide(stable, panic).Desired);

    [Fact]
    public void S19_NoReadyPods_CountsAsOneForTheRatesAndNoneForTheCapacity() =>
        Assert.Equal((10, -969), new Run(Spec(10, burst: 81)) { Ready = 0 }.Decide(1000, 888));

    [Theory]
    [InlineData(2, true, 2)]
    [InlineData(1, false, 1)]
    [InlineData(0, false, 0)]
    public void S20_NewDecider_BeginsInPanicWithMoreThanOnePod(int ready, bool panicking, int floor)
    {
        var state = Decider.Start(Spec(10), ready, Start);
        Assert.Equal((panicking ? Start : null, floor), ((DateTimeOffset?)state.PanicTime, state.MaxPanicPods));
    }

    [Fact]
    public void S21_ActivationScale_IsTheLeastOfAny()
    {
        var run = new Run(Spec(10) with { ActivationScale = 2 });
        Assert.Equal((0, 2), (run.Decide(0, 0).Desired, run.Decide(1, 0).Desired));
    }

    [Fact]
    public void S22S23_ScaleDownDelay_HoldsTheLargestOfTheWindow()
    {
        var run = new Run(Delayed);
        Assert.Equal((4, 4, 0), (run.Decide(40, 0, at: 2).Desired, run.Decide(0, 0, at: 300).Desired, run.Decide(0, 0, at: 302).Desired));
        Assert.Equal((4, 4, 4), (run.Decide(40, 0, at: 540).Desired, run.Decide(30, 0, at: 600).Desired, run.Decide(0, 0, at: 660).Desired));
        Assert.Equal((3, 0), (run.Decide(0, 0, at: 840).Desired, run.Decide(0, 0, at: 900).Desired));
    }

    [Fact]
    public void S24_BecomingUnreachable_EndsTheDelay()
    {
        var run = new Run(Delayed);
        Assert.Equal(4, run.Decide(40, 0).Desired);
        run.Spec = Delayed with { Reachable = false };
        Assert.Equal(0, run.Decide(0, 0, at: 2).Desired);
    }

    [Fact]
    public void S25_NoDelay_FollowsAtOnce()
    {
        var run = new Run(Delayed with { ScaleDownDelay = GoDuration.Zero });
        Assert.Equal((4, 2), (run.Decide(40, 0).Desired, run.Decide(20, 0, at: 0.5).Desired));
    }

    [Fact]
    public void S26_NewTarget_CountsFromTheNextDecision()
    {
        var run = new Run(Spec(10)) { Ready = 10 };
        Assert.Equal(10, run.Decide(100, 101).Desired);
        run.Spec = Spec(1);
        Assert.Equal(100, run.Decide(100, 101, at: 2).Desired);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, -1)]
    [InlineData(42, 8)]
    public void S27_BeforeTheFirstDecision_CapacityIsThatOfTheInitialScale(double burst, int excess)
    {
        var initial = Decider.Initial(Spec(10, burst) with { InitialScale = 2, TotalValue = 25 });
        Assert.Equal((-1, excess), (initial.Desired, initial.ExcessBurstCapacity));
    }

    [Theory]
    [InlineData(1, 1, 1, 1, false)]
    [InlineData(1, 1, 2, 1, true)]
    [InlineData(1, 1, 1, -1, true)]
    [InlineData(1, 0, 1, 1, false)]
    public void S28_Watcher_IsToldOfScaleAndSignOfTheExcess(int desired, int excess, int nextDesired, int nextExcess, bool told) =>
        Assert.Equal(told, Decider.Matters(Decision(desired, excess), Decision(nextDesired, nextExcess)));

    [Theory]
    [InlineData(0, 1, true)]
    [InlineData(0, 0, false)]
    [InlineData(-1, 1, false)]
    [InlineData(1, 1, false)]
    public void S29_Poke_DecidesOnlyFromZero(int lastDesired, double concurrency, bool decides) => Assert.Equal(decides, Decider.ShouldPoke(lastDesired, concurrency));

    [Theory]
    [InlineData("concurrency", 12, "0.8", null, "75", 9, 12)]
    [InlineData("concurrency", 10, "100", "1", null, 1, 1)]
    [InlineData("concurrency", 1, "100", "10", null, 1, 1)]
    [InlineData("concurrency", 0, "100", "500", null, 500, 500)]
    [InlineData("rps", 0, "70", null, null, 140, 200)]
    [InlineData("rps", 0, "70", "1", null, 0.7, 1)]
    [InlineData("concurrency", 0, "0.001", "1", null, 0.01, 1)]
    public void T1ToT3_TargetAndTotal_FollowAnnotationsThenSettings(string metric, int limit, string fraction, string? target, string? utilization, double expectedTarget, double expectedTotal)
    {
        var (config, _) = AutoscalerConfigParser.Parse(default, new Dictionary<string, string> { ["container-concurrency-target-percentage"] = fraction });
        var annotations = new Dictionary<string, string> { ["autoscaling.knative.dev/metric"] = metric };
        Add(annotations, "target", target);
        Add(annotations, "target-utilization-percentage", utilization);

        var spec = RevisionScalingReader.Read(config!, annotations, limit, "").Decider;

        Assert.Equal((expectedTarget, expectedTotal), (Math.Round(spec.TargetValue, 9), spec.TotalValue));
    }

    private static void Add(Dictionary<string, string> annotations, string name, string? value)
    {
        if (value is not null)
        {
            annotations["autoscaling.knative.dev/" + name] = value;
        }
    }

    // No panic here, which would hold the scale by itself.
    private static DeciderSpec Delayed => Spec(10) with { ScaleDownDelay = GoDuration.FromSeconds(300), PanicThreshold = 1000 };

    private static ScaleDecision Decision(int desired, int excess) => new() { Valid = true, Desired = desired, ExcessBurstCapacity = excess };

    private static DeciderSpec Spec(double target, double burst = 0) => new()
    {
        TargetValue = target,
        TotalValue = target / 0.75,
        TargetBurstCapacity = burst,
        ActivatorCapacity = 100,
        MaxScaleUpRate = 10,
        MaxScaleDownRate = 10,
        PanicThreshold = 2,
        StableWindow = GoDuration.FromSeconds(60),
        InitialScale = 1,
        Reachable = true,
    };

    private sealed class Run(DeciderSpec spec, ScaleState? begin = null)
    {
        public DeciderSpec Spec { get; set; } = spec;

        public ScaleState State { get; private set; } = begin ?? Decider.Start(spec, 1, Start);

        public int Ready { get; set; } = 1;

        public (int Desired, int Excess) Decide(double stable, double panic, double at = 0)
        {
            (var decision, State) = Decider.Decide(Spec, new ScaleInput(Ready, new MetricAverages(stable, panic)), State, Start.AddSeconds(at));
            return (decision.Desired, decision.ExcessBurstCapacity);
        }
    }
}
