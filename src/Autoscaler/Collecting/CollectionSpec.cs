using Knative.Xds.Core.Scaling;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>What a Metric asks for.</summary>
/// <param name="Algorithm">How windows average.</param>
/// <param name="StableWindow">Length of the long window.</param>
/// <param name="PanicWindow">Length of the short window.</param>
/// <param name="ScrapeTarget">Name of the Service of the revision's pods; empty when they are not scraped.</param>
internal sealed record CollectionSpec(WindowAlgorithm Algorithm, GoDuration StableWindow, GoDuration PanicWindow, string ScrapeTarget)
{
    private static readonly GoDuration Shortest = GoDuration.FromSeconds(1);
    private static readonly GoDuration Longest = GoDuration.FromSeconds(24 * 3600);

    /// <summary>Reads a Metric. One that someone wrote by hand must not stop the others: windows are at least one bucket, and no longer than a day.</summary>
    public static CollectionSpec Read(Metric metric)
    {
        var annotations = metric.Metadata.Annotations is { } found ? new Dictionary<string, string>(found) : [];
        return new CollectionSpec(
            ScalingAnnotations.Algorithm(annotations),
            Bounded(metric.Spec.StableWindow),
            Bounded(metric.Spec.PanicWindow),
            metric.Spec.ScrapeTarget ?? "");
    }

    private static GoDuration Bounded(long nanoseconds) => new(Math.Clamp(nanoseconds, Shortest.Nanoseconds, Longest.Nanoseconds));
}
