namespace Knative.Xds.Core.Scaling;

/// <summary>How far one decision may move from the ready pods.</summary>
/// <remarks>Source: knative/serving pkg/autoscaler/scaling/autoscaler.go.</remarks>
internal readonly struct RateLimits(DeciderSpec spec, double ready)
{
    /// <summary>Most pods.</summary>
    public double Up { get; } = Math.Ceiling(spec.MaxScaleUpRate * ready);

    /// <summary>Least pods; none for a revision that no route leads to.</summary>
    public double Down { get; } = spec.Reachable ? Math.Floor(ready / spec.MaxScaleDownRate) : 0;

    public BoundPods Apply(double wanted, ScaleRule rule)
    {
        var atLeast = Math.Max(wanted, Down);
        var pods = new BoundPods(
            Decider.LikeGo(Math.Min(atLeast, Up)),
            atLeast > Up ? ScaleRule.MaxScaleUpRate : Down > wanted ? ScaleRule.MaxScaleDownRate : rule);
        // After the rate limits: the activation scale may exceed them, and zero stays zero.
        return wanted > 0 && spec.ActivationScale > 1 ? pods.Max(spec.ActivationScale, ScaleRule.ActivationScale) : pods;
    }
}
