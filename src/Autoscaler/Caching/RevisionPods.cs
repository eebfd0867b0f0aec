using k8s.Models;

namespace Knative.Xds.Autoscaler.Caching;

/// <summary>Reads the state of a revision's pods.</summary>
/// <remarks>Source: knative/serving pkg/resources/pods.go.</remarks>
internal static class RevisionPods
{
    public static PodCounts Count(IEnumerable<V1Pod> pods)
    {
        int ready = 0, notReady = 0, pending = 0, terminating = 0;
        foreach (var pod in pods)
        {
            switch (pod.Status?.Phase)
            {
                case "Pending":
                    pending++;
                    notReady++;
                    break;
                case "Running" when pod.Metadata.DeletionTimestamp is not null:
                    terminating++;
                    notReady++;
                    break;
                case "Running" when IsReady(pod):
                    ready++;
                    break;
                case "Running":
                    notReady++;
                    break;
            }
        }

        return new PodCounts(ready, notReady, pending, terminating);
    }

    /// <summary>Addresses of ready pods, those that have run for the whole window apart from the younger ones.</summary>
    public static (List<string> Old, List<string> Young) SplitByAge(IEnumerable<V1Pod> pods, TimeSpan window, DateTimeOffset now)
    {
        var (old, young) = (new List<string>(), new List<string>());
        foreach (var pod in pods)
        {
            if (pod.Status is { Phase: "Running", PodIP.Length: > 0 } status && pod.Metadata.DeletionTimestamp is null && IsReady(pod))
            {
                var isOld = status.StartTime is { } started && now - new DateTimeOffset(DateTime.SpecifyKind(started, DateTimeKind.Utc)) >= window;
                (isOld ? old : young).Add(status.PodIP);
            }
        }

        return (old, young);
    }

    private static bool IsReady(V1Pod pod) => pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true;
}
