namespace Knative.Xds.Scenarios.Rig;

/// <summary>Percentiles of a sample, by nearest rank.</summary>
internal static class Percentiles
{
    /// <summary>The value that <paramref name="percent"/> of the sample do not exceed; NaN of an empty sample.</summary>
    public static double Of(IEnumerable<double> sample, double percent)
    {
        var sorted = sample.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling(percent / 100 * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
