namespace Knative.Xds.Core.Scaling;

/// <summary>A number of pods and the rule that bound it.</summary>
internal readonly record struct BoundPods(int Pods, ScaleRule Rule)
{
    /// <summary>The larger number; this one when they are equal.</summary>
    public BoundPods Max(int pods, ScaleRule rule) => pods > Pods ? new BoundPods(pods, rule) : this;
}
