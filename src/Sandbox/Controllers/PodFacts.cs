using k8s.Models;

namespace Knative.Xds.Sandbox.Controllers;

/// <summary>What controllers ask about pods.</summary>
internal static class PodFacts
{
    /// <summary>It has not run to its end and is not being deleted.</summary>
    public static bool IsActive(V1Pod pod) => pod.Metadata.DeletionTimestamp is null && !IsFinished(pod);

    /// <summary>All its containers have ended for good.</summary>
    public static bool IsFinished(V1Pod pod) => pod.Status?.Phase is "Succeeded" or "Failed";

    /// <summary>Its Ready condition holds.</summary>
    public static bool IsReady(V1Pod pod) => ReadySince(pod) is not null;

    /// <summary>Since when its Ready condition holds; null when it does not.</summary>
    public static DateTime? ReadySince(V1Pod pod) =>
        pod.Status?.Conditions?.FirstOrDefault(condition => condition is { Type: "Ready", Status: "True" }) is { } ready ? ready.LastTransitionTime ?? DateTime.MinValue : null;

    /// <summary>A selector's labels are all there.</summary>
    public static bool Matches(IDictionary<string, string> selector, V1Pod pod) =>
        pod.Metadata.Labels is { } labels && selector.All(wanted => labels.TryGetValue(wanted.Key, out var value) && value == wanted.Value);
}
