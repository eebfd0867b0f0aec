using System.Collections.Immutable;
using k8s.Models;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Autoscaler.Caching;

/// <summary>The pods of a revision at one moment.</summary>
/// <param name="Counts">Their numbers.</param>
/// <param name="Ready">Those that take requests and have an address, oldest first.</param>
/// <remarks>Source: knative/serving pkg/resources/pods.go.</remarks>
internal sealed record RevisionPods(PodCounts Counts, ImmutableArray<ReadyPod> Ready)
{
    public static readonly RevisionPods None = new(default, []);

    // In the order of the pods; whoever scrapes gets a part of it, never a copy.
    private readonly string[] _addresses = [.. Ready.Select(pod => pod.Ip)];

    public static RevisionPods Of(IEnumerable<V1Pod> pods)
    {
        int ready = 0, notReady = 0, pending = 0, terminating = 0;
        var addresses = new List<ReadyPod>();
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
                    Add(addresses, pod.Status);
                    break;
                case "Running":
                    notReady++;
                    break;
            }
        }

        return new RevisionPods(
            new PodCounts(ready, notReady, pending, terminating),
            [.. addresses.OrderBy(pod => pod.Started ?? DateTimeOffset.MaxValue).ThenBy(pod => pod.Ip, StringComparer.Ordinal)]);
    }

    /// <summary>Ready pods, those that have run for the whole window apart from the younger ones.</summary>
    public PodAges SplitByAge(GoDuration window, DateTimeOffset now)
    {
        var old = 0;
        while (old < Ready.Length && Ready[old].Started is { } started && now - started >= window)
        {
            old++;
        }

        return new PodAges(_addresses, old);
    }

    private static void Add(List<ReadyPod> addresses, V1PodStatus status)
    {
        if (!string.IsNullOrEmpty(status.PodIP))
        {
            addresses.Add(new ReadyPod(status.PodIP, status.StartTime is { } started ? new DateTimeOffset(DateTime.SpecifyKind(started, DateTimeKind.Utc)) : null));
        }
    }

    private static bool IsReady(V1Pod pod) => pod.Status?.Conditions?.Any(condition => condition is { Type: "Ready", Status: "True" }) == true;
}
