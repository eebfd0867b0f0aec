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
    public void Plan_NoDecision_SaysSo() => AssertPlans(-1, ScalePlanRule.NoDecision, null, Idle with { Desired = -1 });

    [Fact]
    public void Plan_Load_SaysSo() => AssertPlans(7, ScalePlanRule.Load, null, Idle with { Desired = 7 });

    [Fact]
    public void Plan_LessThanMinScale_SaysSo() => AssertPlans(2, ScalePlanRule.MinScale, null, Idle with { Scaling = Idle.Scaling with { MinScale = 2 } });

    [Fact]
    public void Plan_LessThanInitialScale_SaysSo() => AssertPlans(
        3, ScalePlanRule.InitialScale, null,
        Idle with { ScaleTargetInitialized = false, Scaling = Idle.Scaling with { Decider = Idle.Scaling.Decider with { InitialScale = 3 } } });

    [Fact]
    public void Plan_MoreThanMaxScale_SaysSo() => AssertPlans(4, ScalePlanRule.MaxScale, null, Idle with { Desired = 7, Scaling = Idle.Scaling with { MaxScale = 4 } });

    [Fact]
    public void Plan_ScaleToZeroDisabled_SaysSo() =>
        AssertPlans(1, ScalePlanRule.ScaleToZeroDisabled, null, Idle with { Config = new AutoscalerConfig { EnableScaleToZero = false } });

    [Fact]
    public void Plan_Activating_WaitsForTheDeadline() => AssertPlans(-1, ScalePlanRule.Activating, 630, Idle with { Active = ActiveCondition.Activating });

    [Fact]
    public void Plan_ActivationTooSlow_SaysSo() =>
        AssertPlans(0, ScalePlanRule.ActivationTimedOut, null, Idle with { Active = ActiveCondition.Activating, ActiveFor = TimeSpan.FromSeconds(631) });

    [Fact]
    public void Plan_ActiveTooShort_SaysHowLongStill() => AssertPlans(1, ScalePlanRule.ActiveTooShort, 50, Idle with { Active = ActiveCondition.Active });

    [Fact]
    public void Plan_ActiveAndIdle_BecomesInactiveFirst() =>
        AssertPlans(0, ScalePlanRule.BecomingInactive, 3, Idle with { Active = ActiveCondition.Active, ActiveFor = TimeSpan.FromSeconds(60), SksInProxyMode = true });

    [Fact]
    public void Plan_NotProbed_AsksForTheProbe() => AssertPlans(0, ScalePlanRule.ProbingActivators, null, Idle with { ActivatorAnswered = null });

    [Fact]
    public void Plan_ActivatorsDoNotAnswer_SaysSo() => AssertPlans(0, ScalePlanRule.ActivatorsNotInPath, null, Idle with { ActivatorAnswered = false });

    [Fact]
    public void Plan_Retention_SaysHowLongStill() =>
        AssertPlans(0, ScalePlanRule.PodRetention, 80, Idle with { Scaling = Idle.Scaling with { PodRetention = TimeSpan.FromSeconds(90) } });

    [Fact]
    public void Plan_GracePeriod_SaysHowLongStill() => AssertPlans(0, ScalePlanRule.GracePeriod, 18, Idle with { ProxyFor = TimeSpan.FromSeconds(12) });

    [Fact]
    public void Plan_IdleLongEnough_LetsTheLastPodGo()
    {
        AssertPlans(0, ScalePlanRule.IdleLongEnough, null, Idle with { ActiveFor = TimeSpan.FromSeconds(30) });
        AssertPlans(0, ScalePlanRule.IdleLongEnough, null, Idle with { ProxyFor = TimeSpan.FromSeconds(30) });
    }

    private static void AssertPlans(int want, ScalePlanRule rule, int? seconds, ScaleContext context)
    {
        var plan = ScalePlanner.Plan(context);

        Assert.Equal((want, rule, seconds), (plan.Want, plan.Rule, (int?)plan.RequeueAfter?.Seconds));
    }
}
