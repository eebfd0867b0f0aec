using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Core.Tests.Scaling;

/// <summary>Each rule that can bind the step to the scale target, once, with the time that is left.</summary>
public class ScalePlanRuleTests
{
    private static readonly ScaleContext Idle = new()
    {
        Config = new AutoscalerConfig(),
        Scaling = new RevisionScaling
        {
            Class = "kpa.autoscaling.knative.dev",
            Metric = "concurrency",
            Decider = new DeciderSpec { StableWindow = TimeSpan.FromSeconds(60), TargetBurstCapacity = 211, InitialScale = 1, Reachable = true },
        },
        ProgressDeadline = TimeSpan.FromSeconds(600),
        Active = ActiveCondition.Inactive,
        ActiveFor = TimeSpan.FromSeconds(10),
        ScaleTargetInitialized = true,
        ActivatorAnswered = true,
    };

    [Fact]
    public void Plan_NoDecision_SaysSo() => AssertPlans(-1, ScalePlanRule.NoDecision, null, "nothing was decided yet", Idle with { Desired = -1 });

    [Fact]
    public void Plan_Load_SaysSo() => AssertPlans(7, ScalePlanRule.Load, null, "7 was decided", Idle with { Desired = 7 });

    [Fact]
    public void Plan_LessThanMinScale_SaysSo() => AssertPlans(2, ScalePlanRule.MinScale, null, "0 was decided, but min-scale is 2", Idle with { Scaling = Idle.Scaling with { MinScale = 2 } });

    [Fact]
    public void Plan_LessThanInitialScale_SaysSo() => AssertPlans(
        3, ScalePlanRule.InitialScale, null, "0 was decided, but initial-scale 3 was not reached yet",
        Idle with { ScaleTargetInitialized = false, Scaling = Idle.Scaling with { Decider = Idle.Scaling.Decider with { InitialScale = 3 } } });

    [Fact]
    public void Plan_MoreThanMaxScale_SaysSo() => AssertPlans(4, ScalePlanRule.MaxScale, null, "7 was decided, but max-scale is 4", Idle with { Desired = 7, Scaling = Idle.Scaling with { MaxScale = 4 } });

    [Theory]
    [InlineData(20, 5)]
    [InlineData(10, 5)]
    [InlineData(9, 10)]
    public void Plan_MinScaleOverMaxScale_IsBoundInUpstreamsOrder(int desired, int want) =>
        Assert.Equal((want, true), Planned(Idle with { Desired = desired, Scaling = Idle.Scaling with { MinScale = 10, MaxScale = 5 } }));

    [Theory]
    [InlineData(-5, 0)]
    [InlineData(0, -5)]
    public void Plan_NegativeBounds_AreNone(int min, int max) =>
        Assert.Equal((7, true), Planned(Idle with { Desired = 7, Scaling = Idle.Scaling with { MinScale = min, MaxScale = max } }));

    [Fact]
    public void Plan_ProgressDeadlineThatIsNone_TheClustersCounts() => Assert.Equal(
        (-1, false), Planned(Idle with { Active = ActiveCondition.Activating, ActiveFor = TimeSpan.FromSeconds(100), Scaling = Idle.Scaling with { ProgressDeadline = TimeSpan.FromHours(-1) } }));

    private static (int Want, bool Apply) Planned(ScaleContext context) => ScalePlanner.Plan(context) is var plan ? (plan.Want, plan.Apply) : default;

    [Fact]
    public void Plan_ScaleToZeroDisabled_SaysSo() =>
        AssertPlans(1, ScalePlanRule.ScaleToZeroDisabled, null, "0 was decided, but enable-scale-to-zero is false", Idle with { Config = new AutoscalerConfig { EnableScaleToZero = false } });

    [Fact]
    public void Plan_Activating_WaitsForTheDeadline() => AssertPlans(-1, ScalePlanRule.Activating, 630, "on its way up for 10 s; that is given up after 630 s", Idle with { Active = ActiveCondition.Activating });

    [Fact]
    public void Plan_ActivationTooSlow_SaysSo() =>
        AssertPlans(0, ScalePlanRule.ActivationTimedOut, null, "on its way up for 631 s, longer than the progress deadline allows: given up", Idle with { Active = ActiveCondition.Activating, ActiveFor = TimeSpan.FromSeconds(631) });

    [Fact]
    public void Plan_ActiveTooShort_SaysHowLongStill() => AssertPlans(1, ScalePlanRule.ActiveTooShort, 50, "0 was decided, but active for 10 s is less than the stable window: one pod stays for 50 s yet", Idle with { Active = ActiveCondition.Active });

    [Fact]
    public void Plan_ActiveAndIdle_BecomesInactiveFirst() =>
        AssertPlans(0, ScalePlanRule.BecomingInactive, 3, "0 was decided: it becomes inactive, so that the activators get into the path first", Idle with { Active = ActiveCondition.Active, ActiveFor = TimeSpan.FromSeconds(60), SksInProxyMode = true });

    [Fact]
    public void Plan_NotProbed_AsksForTheProbe() => AssertPlans(0, ScalePlanRule.ProbingActivators, null, "inactive for 10 s: whether requests reach the activators is being asked", Idle with { ActivatorAnswered = null });

    [Fact]
    public void Plan_ActivatorsDoNotAnswer_SaysSo() => AssertPlans(0, ScalePlanRule.ActivatorsNotInPath, null, "inactive for 10 s, but a probe did not reach an activator: the last pod stays until one does", Idle with { ActivatorAnswered = false });

    [Fact]
    public void Plan_Retention_SaysHowLongStill() =>
        AssertPlans(0, ScalePlanRule.PodRetention, 80, "inactive for 10 s: the pod retention period keeps the last pod for 80 s yet", Idle with { Scaling = Idle.Scaling with { PodRetention = TimeSpan.FromSeconds(90) } });

    [Fact]
    public void Plan_GracePeriod_SaysHowLongStill() => AssertPlans(0, ScalePlanRule.GracePeriod, 18, "the activators are in the path for 12 s: the grace period keeps the last pod for 18 s yet", Idle with { ProxyFor = TimeSpan.FromSeconds(12) });

    [Fact]
    public void Plan_IdleLongEnough_LetsTheLastPodGo()
    {
        AssertPlans(0, ScalePlanRule.IdleLongEnough, null, "inactive for 30 s: idle for long enough", Idle with { ActiveFor = TimeSpan.FromSeconds(30) });
        AssertPlans(0, ScalePlanRule.IdleLongEnough, null, "inactive for 10 s: idle for long enough", Idle with { ProxyFor = TimeSpan.FromSeconds(30) });
    }

    private static void AssertPlans(int want, ScalePlanRule rule, int? seconds, string why, ScaleContext context)
    {
        var plan = ScalePlanner.Plan(context);

        Assert.Equal((want, rule, seconds, why), (plan.Want, plan.Rule, (int?)plan.RequeueAfter?.Seconds, PlanText.Why(context, plan)));
    }
}
