namespace Knative.Xds.QueueProxy.Reporting;

/// <summary>A histogram at one moment, summed over series.</summary>
/// <param name="bounds">Upper bounds, inclusive.</param>
internal sealed class BucketCounts(double[] bounds)
{
    private readonly long[] _counts = new long[bounds.Length + 1];

    public double[] Bounds { get; } = bounds;

    /// <summary>One for each bound, and the unbounded one last.</summary>
    public IReadOnlyList<long> Counts => _counts;

    public double Sum { get; private set; }

    public long Total => _counts.Sum();

    public void Add(long[] counts, double sum)
    {
        for (var index = 0; index < counts.Length; index++)
            _counts[index] += counts[index];
        Sum += sum;
    }
}
