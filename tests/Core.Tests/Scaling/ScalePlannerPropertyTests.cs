using CsCheck;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Core.Tests.Scaling;

/// <summary>From any decision to the scale target: bounds are kept.</summary>
public class ScalePlannerPropertyTests
{
    private static readonly Gen<ScaleContext> AnyContext =
        from min in Gen.Int[-2, 10]
        from max in Gen.Int[-2, 20]
        from initial in Gen.Int[0, 8]
        from flags in Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool, Gen.Bool)
        from active in Gen.OneOf(Gen.Const(ActiveCondition.Activating), Gen.Const(ActiveCondition.Active), Gen.Const(ActiveCondition.Inactive))
        from times in Gen.Select(Gen.Int[0, 1000], Gen.Int[0, 100], Gen.Int[0, 200])
        from desired in Gen.Int[-1, 40]
        from burst in Gen.OneOf(Gen.Const(-1.0), Gen.Const(211.0))
        from answered in Gen.Bool
        select Context(min, max, initial, flags, active, times, desired, burst, answered);

    [Fact]
    public void Plan_Applied_KeepsTheBounds() => AnyContext.Sample(context =>
    {
        var plan = ScalePlanner.Plan(context);
        if (plan.Apply)
        {
            var (least, most) = (Least(context), Most(context));
            Assert.InRange(plan.Want, Math.Min(least, most), Math.Max(least, most));
        }
    });

    [Fact]
    public void Plan_DecidedToMoreThanNothing_IsAppliedAsFarAsTheBoundsAllow() => AnyContext.Where(context => context.Desired > 0).Sample(context =>
    {
        var plan = ScalePlanner.Plan(context);
        var bounded = context.Desired < Least(context) ? Least(context) : Math.Min(context.Desired, Most(context));
        Assert.Equal((true, bounded), (plan.Apply, plan.Want));
    });

    [Fact]
    public void Plan_DecidedToMore_NeverWantsFewer() => Gen.Select(AnyContext, Gen.Int[0, 20]).Where((context, _) => context.Desired >= 0 && Least(context) <= Most(context)).Sample((context, more) =>
        Assert.True(ScalePlanner.Plan(context with { Desired = context.Desired + more }).Want >= ScalePlanner.Plan(context).Want));

    [Fact]
    public void Plan_ScaleToZeroDisabled_NeverGoesToZero() => AnyContext.Sample(context =>
    {
        var plan = ScalePlanner.Plan(context with { Config = context.Config with { EnableScaleToZero = false } });
        Assert.True(!plan.Apply || plan.Want > 0);
    });

    [Fact]
    public void Plan_ToZero_IsAppliedOnlyOnceTheActivatorsAreInThePathOrItNeverCameUp() => AnyContext.Sample(context =>
    {
        if (ScalePlanner.Plan(context) is { Apply: true, Want: 0 })
        {
            Assert.True(
                context.Active switch
                {
                    ActiveCondition.Inactive => !context.Scaling.IsScraped || context.ActivatorAnswered == true,
                    ActiveCondition.Activating => context.ActiveFor > context.ProgressDeadline + ScalePlanner.ActivationTimeoutBuffer,
                    _ => false,
                });
        }
    });

    private static int Least(ScaleContext context) =>
        Math.Max(0, context.Scaling.Decider is { Reachable: true, InitialScale: > 1 and var initial } && !context.ScaleTargetInitialized ? Math.Max(initial, context.Scaling.MinScale) : context.Scaling.MinScale);

    private static int Most(ScaleContext context) => context.Scaling.MaxScale <= 0 ? int.MaxValue : context.Scaling.MaxScale;

    private static ScaleContext Context(
        int min, int max, int initial, (bool Reachable, bool Initialized, bool Proxy, bool ScaleToZero) flags, ActiveCondition active,
        (int ActiveFor, int ProxyFor, int Retention) times, int desired, double burst, bool answered)
    {
        var config = new AutoscalerConfig { EnableScaleToZero = flags.ScaleToZero, ScaleToZeroPodRetentionPeriod = GoDuration.FromSeconds(times.Retention) };
        var annotations = new Dictionary<string, string>
        {
            ["autoscaling.knative.dev/min-scale"] = $"{min}",
            ["autoscaling.knative.dev/max-scale"] = $"{max}",
            ["autoscaling.knative.dev/initial-scale"] = $"{initial}",
            ["autoscaling.knative.dev/target-burst-capacity"] = $"{burst}",
        };
        return new ScaleContext
        {
            Config = config,
            Scaling = RevisionScalingReader.Read(config, annotations, 0, flags.Reachable ? "Reachable" : "Unreachable"),
            ProgressDeadline = GoDuration.FromSeconds(600),
            Desired = desired,
            Active = active,
            ActiveFor = GoDuration.FromSeconds(times.ActiveFor),
            ScaleTargetInitialized = flags.Initialized,
            SksInProxyMode = flags.Proxy,
            ProxyFor = GoDuration.FromSeconds(times.ProxyFor),
            ActivatorAnswered = answered,
        };
    }
}
