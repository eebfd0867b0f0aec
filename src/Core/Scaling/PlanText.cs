using static System.FormattableString;

namespace Knative.Xds.Core.Scaling;

/// <summary>Says in words why the scale target is set, or left, as it is. Pure.</summary>
public static class PlanText
{
    /// <summary>The rule that bound a plan, with its numbers; what is still waited for, and for how long.</summary>
    public static string Why(ScaleContext context, ScalePlan plan)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(plan);
        var left = Seconds(plan.RequeueAfter);
        return plan.Rule switch
        {
            ScalePlanRule.NoDecision => "nothing was decided yet",
            ScalePlanRule.Load => Invariant($"{context.Desired} was decided"),
            ScalePlanRule.MinScale => Invariant($"{context.Desired} was decided, but min-scale is {plan.Want}"),
            ScalePlanRule.InitialScale => Invariant($"{context.Desired} was decided, but initial-scale {plan.Want} was not reached yet"),
            ScalePlanRule.MaxScale => Invariant($"{context.Desired} was decided, but max-scale is {context.Scaling.MaxScale}"),
            ScalePlanRule.ScaleToZeroDisabled => "0 was decided, but enable-scale-to-zero is false",
            ScalePlanRule.Activating => Invariant($"on its way up for {Seconds(context.ActiveFor)}; that is given up after {left}"),
            ScalePlanRule.ActivationTimedOut => Invariant($"on its way up for {Seconds(context.ActiveFor)}, longer than the progress deadline allows: given up"),
            ScalePlanRule.ActiveTooShort => Invariant($"0 was decided, but active for {Seconds(context.ActiveFor)} is less than the stable window: one pod stays for {left} yet"),
            ScalePlanRule.BecomingInactive => "0 was decided: it becomes inactive, so that the activators get into the path first",
            ScalePlanRule.ProbingActivators => Invariant($"inactive for {Seconds(context.ActiveFor)}: whether requests reach the activators is being asked"),
            ScalePlanRule.ActivatorsNotInPath => Invariant($"inactive for {Seconds(context.ActiveFor)}, but a probe did not reach an activator: the last pod stays until one does"),
            ScalePlanRule.PodRetention => Invariant($"inactive for {Seconds(context.ActiveFor)}: the pod retention period keeps the last pod for {left} yet"),
            ScalePlanRule.GracePeriod => Invariant($"the activators are in the path for {Seconds(context.ProxyFor)}: the grace period keeps the last pod for {left} yet"),
            ScalePlanRule.IdleLongEnough => Invariant($"inactive for {Seconds(context.ActiveFor)}: idle for long enough"),
            _ => plan.Why,
        };
    }

    private static string Seconds(GoDuration? duration) => Invariant($"{duration?.Seconds ?? 0:0.#} s");
}
