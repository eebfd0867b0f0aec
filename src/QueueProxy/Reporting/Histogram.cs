namespace Knative.Xds.QueueProxy.Reporting;

/// <summary>Counts durations by size.</summary>
/// <remarks>Units: seconds. Threading: one short lock.</remarks>
internal sealed class Histogram
{
    /// <value>Upper bounds, inclusive: OpenTelemetry's for HTTP durations.</value>
    public static readonly double[] Bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private readonly Lock _lock = new();
    private readonly long[] _counts = new long[Bounds.Length + 1];
    private double _sum;

    public void Observe(double seconds)
    {
        var bucket = Array.FindIndex(Bounds, bound => seconds <= bound);
        lock (_lock)
        {
            _counts[bucket < 0 ? Bounds.Length : bucket]++;
            _sum += seconds;
        }
    }

    /// <summary>The counts of each bucket, the unbounded one last, and the sum of all durations.</summary>
    public (long[] Counts, double Sum) Read()
    {
        lock (_lock)
        {
            return ([.. _counts], _sum);
        }
    }
}
