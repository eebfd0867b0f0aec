using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Core.Tests.Scaling;

// Rows K1 to K16, K24 and K25 of upstream's behaviour tests: grace period 60 s, stable window 5 m, progress deadline 121 s, and a probe that finds the activators.
public class ScalePlannerRowTests
{
    private static readonly GoDuration Grace = Seconds(60);
    private static readonly GoDuration Window = Seconds(300);

    [Fact]
    public void K1_ActiveForLessThanTheWindow_KeepsOnePod() =>
        AssertPlan(Plan(Active(Window - Seconds(1)), 0), want: 1, apply: true, requeue: Seconds(1));

    [Fact]
    public void K2_ActiveForTheWindow_BecomesInactiveFirst()
    {
        AssertPlan(Plan(Active(Window), 0), want: 0, apply: false);
        AssertPlan(Plan(Active(Window) with { SksInProxyMode = true }, 0), want: 0, apply: false, requeue: Seconds(3));
        AssertPlan(Plan(Active(Seconds(20)), 0, ("window", "20s")), want: 0, apply: false);
    }

    [Fact]
    public void K3_InactiveForTheGracePeriod_GoesToZero() => AssertPlan(Plan(Inactive(Grace), 0), want: 0, apply: true);

    [Fact]
    public void K4_InactiveForLess_WaitsUnlessTheActivatorsHaveBeenInThePath()
    {
        var almost = Grace - Seconds(1);
        AssertPlan(Plan(Inactive(almost), 0), want: 0, apply: false, requeue: Grace);
        AssertPlan(Plan(Inactive(almost) with { ProxyFor = almost }, 0), want: 0, apply: false, requeue: Seconds(1));
        AssertPlan(Plan(Inactive(almost) with { ProxyFor = Grace }, 0), want: 0, apply: true);
        AssertPlan(Plan(Inactive(almost) with { ProxyFor = Grace }, 0, ("scale-to-zero-pod-retention-period", "42s")), want: 0, apply: true);
    }

    [Fact]
    public void K5_PodRetention_HoldsTheLastPod()
    {
        AssertPlan(Plan(Inactive(Grace), 0, ("scale-to-zero-pod-retention-period", "2m")), want: 0, apply: false, requeue: Seconds(60));
        AssertPlan(Plan(Inactive(Grace), 0, ("scale-to-zero-pod-retention-period", "60s")), want: 0, apply: true);
        AssertPlan(Plan(Inactive(Grace), 0, new AutoscalerConfig { ScaleToZeroGracePeriod = Grace, ScaleToZeroPodRetentionPeriod = Seconds(120) }), want: 0, apply: false, requeue: Seconds(60));
        AssertPlan(
            Plan(Inactive(Grace), 0, new AutoscalerConfig { ScaleToZeroGracePeriod = Grace, ScaleToZeroPodRetentionPeriod = Seconds(120) }, ("scale-to-zero-pod-retention-period", "0")),
            want: 0,
            apply: true);
    }

    [Fact]
    public void K6_BurstCapacityMinusOne_NeedsNoProbe() =>
        AssertPlan(Plan(Inactive(Grace) with { ActivatorAnswered = null }, 0, ("target-burst-capacity", "-1")), want: 0, apply: true);

    [Fact]
    public void K7_ProbeFails_ProbesOnInTheBackground()
    {
        var plan = Plan(Inactive(Grace) with { ActivatorAnswered = false }, 0);
        AssertPlan(plan, want: 0, apply: false);
        Assert.True(plan.ProbeInBackground);
    }

    [Fact]
    public void K8_Activating_TimesOutAfterDeadlineAndBuffer()
    {
        AssertPlan(Plan(Activating(Seconds(75)), 0), want: -1, apply: false, requeue: Seconds(151));
        AssertPlan(Plan(Activating(Seconds(152)), 0), want: 0, apply: true);
        AssertPlan(Plan(Activating(Seconds(36)), 0, ("progress-deadline", "5s")), want: 0, apply: true);
        // None at all is one too: what is left is the buffer.
        AssertPlan(Plan(Activating(Seconds(31)), 0, ("progress-deadline", "0s")), want: 0, apply: true);
        AssertPlan(Plan(Activating(Seconds(29)), 0, ("progress-deadline", "0s")), want: -1, apply: false, requeue: Seconds(30));
    }

    [Theory]
    [InlineData("Reachable", 2)]
    [InlineData("", 2)]
    [InlineData("Unreachable", 0)]
    public void K9_MinScale_CountsOnlyForTheReachable(string reachability, int want) =>
        AssertPlan(Plan(Inactive(Grace), 0, reachability, ("min-scale", "2")), want, apply: true);

    [Fact]
    public void K10_Unreachable_KeepsNoPod()
    {
        AssertPlan(Plan(Inactive(Grace), 0, "Unreachable", ("scale-to-zero-pod-retention-period", "10m")), want: 0, apply: true);
        AssertPlan(Plan(Inactive(Grace - Seconds(1)), 0, "Unreachable", ("scale-to-zero-pod-retention-period", "10m")), want: 0, apply: false, requeue: Grace);
    }

    [Fact]
    public void K11_MaxScale_BoundsTheWish()
    {
        AssertPlan(Plan(Active(Window), 10), want: 10, apply: true);
        AssertPlan(Plan(Active(Window), 10, ("max-scale", "8")), want: 8, apply: true);
    }

    [Fact]
    public void K12_NoWishYet_LeavesEverything()
    {
        AssertPlan(Plan(Active(Window), -1), want: -1, apply: false);
        AssertPlan(Plan(Inactive(Window), -1), want: -1, apply: false);
    }

    [Fact]
    public void K13K14_InitialScale_CountsUntilItWasReached()
    {
        var young = Active(Seconds(120)) with { ScaleTargetInitialized = false };
        AssertPlan(Plan(young, 1, ("initial-scale", "2")), want: 2, apply: true);
        AssertPlan(Plan(young, 1, ("initial-scale", "5")), want: 5, apply: true);
        AssertPlan(Plan(Active(Seconds(120)), 0, ("initial-scale", "2")), want: 1, apply: true, requeue: Seconds(180));
        AssertPlan(Plan(young, 0, "Unreachable", ("initial-scale", "2")), want: 1, apply: true, requeue: Seconds(180));
    }

    [Fact]
    public void K15_InitialScaleZero_WaitsTheGracePeriod() =>
        AssertPlan(
            Plan(Inactive(GoDuration.Zero) with { ScaleTargetInitialized = false }, 0, new AutoscalerConfig { ScaleToZeroGracePeriod = Grace, AllowZeroInitialScale = true }, ("initial-scale", "0")),
            want: 0,
            apply: false,
            requeue: Grace);

    [Fact]
    public void K16_ScaleToZeroDisabled_KeepsOnePod()
    {
        var config = new AutoscalerConfig { EnableScaleToZero = false };
        AssertPlan(Plan(Inactive(Grace), 0, config), want: 1, apply: true);
        AssertPlan(Plan(Inactive(Grace), 0, config, ("min-scale", "2")), want: 2, apply: true);
        AssertPlan(Plan(Active(Grace), -1, config), want: -1, apply: false);
    }

    [Theory]
    [InlineData(200, 0, 2)]
    [InlineData(200, 1, 3)]
    [InlineData(200, 15, 17)]
    [InlineData(0, 15, 2)]
    [InlineData(-1, 5, 5)]
    [InlineData(-1, 15, 15)]
    public void K24K25_Activators_AreAsManyAsBearTheBurst(double burst, int ready, int expected) =>
        Assert.Equal(expected, Decider.ActivatorCount(new DeciderSpec { ActivatorCapacity = 100, TotalValue = 100, TargetBurstCapacity = burst }, ready));

    private static void AssertPlan(ScalePlan plan, int want, bool apply, GoDuration? requeue = null) =>
        Assert.Equal((want, apply, requeue), (plan.Want, plan.Apply, plan.RequeueAfter));

    private static ScalePlan Plan(ScaleContext context, int desired, params (string Key, string Value)[] annotations) =>
        Plan(context, desired, new AutoscalerConfig { ScaleToZeroGracePeriod = Grace }, annotations);

    private static ScalePlan Plan(ScaleContext context, int desired, string reachability, params (string Key, string Value)[] annotations) =>
        Plan(context, desired, new AutoscalerConfig { ScaleToZeroGracePeriod = Grace }, annotations, reachability);

    private static ScalePlan Plan(ScaleContext context, int desired, AutoscalerConfig config, params (string Key, string Value)[] annotations) =>
        Plan(context, desired, config, annotations, "Reachable");

    private static ScalePlan Plan(ScaleContext context, int desired, AutoscalerConfig config, (string Key, string Value)[] annotations, string reachability)
    {
        var keyed = annotations.ToDictionary(pair => (pair.Key == "progress-deadline" ? "serving.knative.dev/" : "autoscaling.knative.dev/") + pair.Key, pair => pair.Value);
        keyed.TryAdd("autoscaling.knative.dev/window", "5m");
        return ScalePlanner.Plan(context with { Desired = desired, Config = config, Scaling = RevisionScalingReader.Read(config, keyed, 0, reachability) });
    }

    private static ScaleContext Active(GoDuration since) => Context(ActiveCondition.Active, since);

    private static ScaleContext Inactive(GoDuration since) => Context(ActiveCondition.Inactive, since);

    private static ScaleContext Activating(GoDuration since) => Context(ActiveCondition.Activating, since);

    private static ScaleContext Context(ActiveCondition active, GoDuration since) => new()
    {
        Scaling = null!,
        Config = null!,
        ProgressDeadline = Seconds(121),
        Active = active,
        ActiveFor = since,
        ScaleTargetInitialized = true,
        ActivatorAnswered = true,
    };

    private static GoDuration Seconds(long seconds) => GoDuration.FromSeconds(seconds);
}
