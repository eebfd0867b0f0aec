using System.Globalization;
using k8s.Models;

namespace Knative.Xds.Sandbox.Controllers;

/// <summary>What to do next for a Deployment.</summary>
/// <param name="Create">New pods of the current template.</param>
/// <param name="Delete">Pods to delete.</param>
internal sealed record RolloutPlan(int Create, IReadOnlyList<V1Pod> Delete)
{
    /// <summary>Decides from the Deployment and its active pods, split by whether they have the current template.</summary>
    /// <remarks>Shape: old pods go only as far as enough available ones stay. Source: kubernetes pkg/controller/deployment/rolling.go,
    /// and pkg/controller/controller_utils.go (ActivePodsWithRanks) for who goes first.</remarks>
    public static RolloutPlan Decide(V1Deployment deployment, IReadOnlyList<V1Pod> current, IReadOnlyList<V1Pod> old, Func<V1Pod, bool> isAvailable)
    {
        var desired = deployment.Spec.Replicas ?? 1;
        var surplus = InOrderOfDeletion(current).Take(Math.Max(0, current.Count - desired)).ToList();
        var missing = Math.Max(0, desired - current.Count);
        if (old.Count == 0)
        {
            return new RolloutPlan(missing, surplus);
        }

        if (desired == 0 || deployment.Spec.Strategy?.Type == "Recreate")
        {
            // Recreate: the new come when the old are gone, which the caller sees as no old pods being left.
            return new RolloutPlan(0, [.. surplus, .. old]);
        }

        var (surge, unavailable) = Limits(deployment, desired);
        var create = Math.Clamp(desired + surge - current.Count - old.Count, 0, missing);
        var ready = current.Concat(old).Count(isAvailable);
        var spare = Math.Max(0, ready - (desired - unavailable));
        var broken = old.Where(pod => !isAvailable(pod)).ToList();
        var healthy = InOrderOfDeletion(old.Where(isAvailable)).Take(spare);
        return new RolloutPlan(create, [.. surplus, .. broken, .. healthy]);
    }

    /// <summary>How many pods more, and how many available ones less, than desired there may be during a rollout.</summary>
    public static (int Surge, int Unavailable) Limits(V1Deployment deployment, int desired)
    {
        var rolling = deployment.Spec.Strategy?.RollingUpdate;
        var surge = Share(rolling?.MaxSurge, desired, Math.Ceiling);
        var unavailable = Share(rolling?.MaxUnavailable, desired, Math.Floor);
        return surge == 0 && unavailable == 0 ? (0, 1) : (surge, unavailable);
    }

    // A number, or a percentage of the replicas; 25% when absent.
    private static int Share(IntOrString? value, int desired, Func<double, double> round)
    {
        var text = value is null ? "25%" : (string)value;
        return text.EndsWith('%') && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var percent)
            ? (int)round(desired * percent / 100.0)
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private static IEnumerable<V1Pod> InOrderOfDeletion(IEnumerable<V1Pod> pods) => pods
        .OrderBy(pod => !string.IsNullOrEmpty(pod.Spec.NodeName))
        .ThenBy(pod => pod.Status?.Phase == "Running")
        .ThenBy(PodFacts.IsReady)
        .ThenByDescending(pod => PodFacts.ReadySince(pod) ?? DateTime.MinValue)
        .ThenByDescending(pod => pod.Status?.ContainerStatuses?.Sum(container => container.RestartCount) ?? 0)
        .ThenByDescending(pod => pod.Metadata.CreationTimestamp ?? DateTime.MaxValue)
        .ThenBy(pod => pod.Metadata.Name, StringComparer.Ordinal);
}
