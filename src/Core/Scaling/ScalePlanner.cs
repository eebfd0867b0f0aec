namespace Knative.Xds.Core.Scaling;

/// <summary>From the decider's wish to the scale target: bounds, activation timeout, and the careful way down to zero.</summary>
/// <remarks>Source: knative/serving pkg/reconciler/autoscaling/kpa/scaler.go.</remarks>
public static class ScalePlanner
{
    /// <value>Activation may take this much longer than the Deployment's own deadline, so that the latter is reported.</value>
    public static readonly GoDuration ActivationTimeoutBuffer = GoDuration.FromSeconds(30);
    /// <value>How soon to look again for the Proxy mode to take effect.</value>
    public static readonly GoDuration ProxySettleTime = GoDuration.FromSeconds(3);

    /// <summary>Plans. When <see cref="ScalePlan.ProbeFirst"/>, probe and plan again with the answer.</summary>
    public static ScalePlan Plan(ScaleContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (context.Desired < 0 && context.Active != ActiveCondition.Activating)
        {
            return new ScalePlan { Want = context.Desired, Rule = ScalePlanRule.NoDecision, Why = "no decision yet" };
        }

        var scaling = context.Scaling;
        var initialScale = scaling.Decider.InitialScale;
        // What admission would have refused is no bound: a negative one would ask the API for fewer than no pods.
        var (least, most) = (Math.Max(scaling.MinScale, 0), Math.Max(scaling.MaxScale, 0));
        var min = initialScale > 1 && !context.ScaleTargetInitialized && scaling.Decider.Reachable ? Math.Max(least, initialScale) : least;
        if (context.Desired < min)
        {
            return min == 0 ? ToZero(context)
                : min > least ? Scale(min, ScalePlanRule.InitialScale, "initial scale")
                : Scale(min, ScalePlanRule.MinScale, "min scale");
        }

        // In upstream's order: where they cross, as an initial scale over the maximum does, a wish for at least the minimum is held by the maximum.
        if (most != 0 && context.Desired > most)
        {
            return Scale(most, ScalePlanRule.MaxScale, "max scale");
        }

        return context.Desired == 0 ? ToZero(context) : Scale(context.Desired, ScalePlanRule.Load, "load");
    }

    private static ScalePlan ToZero(ScaleContext context)
    {
        if (!context.Config.EnableScaleToZero)
        {
            return Scale(1, ScalePlanRule.ScaleToZeroDisabled, "scale to zero is disabled");
        }

        return context.Active switch
        {
            ActiveCondition.Activating => WhileActivating(context),
            ActiveCondition.Active => WhileActive(context),
            _ => WhileInactive(context),
        };
    }

    private static ScalePlan WhileActivating(ScaleContext context)
    {
        var deadline = context.Scaling.ProgressDeadline is { } own && own >= GoDuration.Zero ? own : context.ProgressDeadline;
        var timeout = deadline + ActivationTimeoutBuffer;
        return context.ActiveFor > timeout
            ? Scale(0, ScalePlanRule.ActivationTimedOut, "activation timed out")
            : new ScalePlan { Want = -1, RequeueAfter = timeout, Rule = ScalePlanRule.Activating, Why = "activating" };
    }

    private static ScalePlan WhileActive(ScaleContext context)
    {
        var window = context.Scaling.Decider.StableWindow;
        var activeFor = context.ActiveFor ?? GoDuration.Zero;
        if (activeFor < window)
        {
            return Scale(1, ScalePlanRule.ActiveTooShort, "active for less than the stable window") with { RequeueAfter = window - activeFor };
        }

        // Becomes inactive first: the activators must be in the path before the last pod goes.
        return new ScalePlan { RequeueAfter = context.SksInProxyMode ? ProxySettleTime : null, Rule = ScalePlanRule.BecomingInactive, Why = "no traffic" };
    }

    private static ScalePlan WhileInactive(ScaleContext context)
    {
        if (context.Scaling.IsScraped && context.ActivatorAnswered != true)
        {
            return context.ActivatorAnswered is null
                ? new ScalePlan { ProbeFirst = true, Rule = ScalePlanRule.ProbingActivators, Why = "probing for the activators" }
                : new ScalePlan { ProbeInBackground = true, Rule = ScalePlanRule.ActivatorsNotInPath, Why = "the activators are not in the path yet" };
        }

        var grace = context.Config.ScaleToZeroGracePeriod;
        var retention = context.Scaling.Decider.Reachable
            ? context.Scaling.PodRetention ?? context.Config.ScaleToZeroPodRetentionPeriod
            : GoDuration.Zero;
        var inactiveFor = context.ActiveFor ?? GoDuration.Zero;
        if (inactiveFor >= grace && inactiveFor >= retention)
        {
            return Scale(0, ScalePlanRule.IdleLongEnough, "no traffic for the grace period");
        }

        if (retention > GoDuration.Zero && inactiveFor < retention)
        {
            return new ScalePlan { RequeueAfter = retention - inactiveFor, Rule = ScalePlanRule.PodRetention, Why = "pod retention period" };
        }

        var remaining = grace - context.ProxyFor;
        return remaining <= GoDuration.Zero
            ? Scale(0, ScalePlanRule.IdleLongEnough, "activators in the path for the grace period")
            : new ScalePlan { RequeueAfter = remaining, Rule = ScalePlanRule.GracePeriod, Why = "grace period" };
    }

    private static ScalePlan Scale(int want, ScalePlanRule rule, string why) => new() { Want = want, Apply = true, Rule = rule, Why = why };
}
