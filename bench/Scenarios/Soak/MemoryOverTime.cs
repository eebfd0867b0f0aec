using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Soak;

/// <summary>Memory in MiB at three times of a run.</summary>
/// <param name="Start">After a third of the run, for a twelfth of it.</param>
/// <param name="Middle">After two thirds.</param>
/// <param name="End">Before the end.</param>
internal sealed record MemoryOverTime(double Start, double Middle, double End)
{
    private const double Window = 1 / 12.0;

    /// <summary>From samples by the share of the run that had passed: the percentile of those of each time, 50 for a median, 0 for the least.</summary>
    public static MemoryOverTime Of(IReadOnlyCollection<(double Share, double MiB)> samples, double percentile) =>
        new(Around(samples, 1 / 3.0, percentile), Around(samples, 2 / 3.0, percentile), Around(samples, 1 - Window, percentile));

    private static double Around(IEnumerable<(double Share, double MiB)> samples, double from, double percentile) =>
        Math.Round(Percentiles.Of(samples.Where(sample => sample.Share >= from && sample.Share <= from + Window).Select(sample => sample.MiB).DefaultIfEmpty(), percentile), 1);
}
