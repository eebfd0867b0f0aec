using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Soak;

/// <summary>Resident memory in MiB, as medians of the samples of a time.</summary>
/// <param name="Start">After a third of the run, for a twelfth of it.</param>
/// <param name="Middle">After two thirds.</param>
/// <param name="End">Before the end.</param>
internal sealed record MemoryOverTime(double Start, double Middle, double End)
{
    private const double Window = 1 / 12.0;

    /// <summary>From samples by the share of the run that had passed.</summary>
    public static MemoryOverTime Of(IReadOnlyCollection<(double Share, double MiB)> samples) =>
        new(Around(samples, 1 / 3.0), Around(samples, 2 / 3.0), Around(samples, 1 - Window));

    private static double Around(IEnumerable<(double Share, double MiB)> samples, double from) =>
        Math.Round(Percentiles.Of(samples.Where(sample => sample.Share >= from && sample.Share <= from + Window).Select(sample => sample.MiB).DefaultIfEmpty(), 50), 1);
}
