using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Sharding;

/// <summary>What a decider finds of the one before it, in another replica or another life of this one.</summary>
/// <param name="Pods">Pods last wanted; -1 when none were ever decided.</param>
/// <param name="Serving">Whether requests go straight to the pods.</param>
internal readonly record struct FoundScale(int Pods, bool Serving)
{
    public static FoundScale Of(PodAutoscaler pa, ServerlessService? sks) => new(pa.Status?.DesiredScale ?? -1, sks?.Spec.Mode == "Serve");
}
