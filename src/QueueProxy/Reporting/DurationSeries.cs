namespace Knative.Xds.QueueProxy.Reporting;

/// <summary>Counts durations by size, in the buckets of both generations of upstream's metrics.</summary>
/// <remarks>Threading: one short lock.</remarks>
internal sealed class DurationSeries
{
    /// <value>Upper bounds in seconds, inclusive: OpenTelemetry's for HTTP durations.</value>
    public static readonly double[] SecondsBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    /// <value>Upper bounds in whole milliseconds, of upstream up to release 1.18.</value>
    public static readonly double[] MillisecondsBounds =
        [5, 10, 20, 40, 60, 80, 100, 150, 200, 250, 300, 350, 400, 450, 500, 600, 700, 800, 900, 1000, 2000, 5000, 10000, 20000, 50000, 100000];

    private readonly Lock _lock = new();
    private readonly long[] _seconds = new long[SecondsBounds.Length + 1];
    private readonly long[] _milliseconds = new long[MillisecondsBounds.Length + 1];
    private double _sumSeconds;
    private double _sumMilliseconds;

    public void Observe(double seconds)
    {
        var milliseconds = Math.Floor(seconds * 1000);
        var (first, second) = (Bucket(SecondsBounds, seconds), Bucket(MillisecondsBounds, milliseconds));
        lock (_lock)
        {
            _seconds[first]++;
            _milliseconds[second]++;
            _sumSeconds += seconds;
            _sumMilliseconds += milliseconds;
        }
    }

    /// <summary>Adds what has been counted in seconds.</summary>
    public void AddSecondsTo(BucketCounts counts)
    {
        lock (_lock)
        {
            counts.Add(_seconds, _sumSeconds);
        }
    }

    /// <summary>Adds what has been counted in milliseconds.</summary>
    public void AddMillisecondsTo(BucketCounts counts)
    {
        lock (_lock)
        {
            counts.Add(_milliseconds, _sumMilliseconds);
        }
    }

    private static int Bucket(double[] bounds, double value)
    {
        // Most durations are short: the first bounds decide.
        for (var index = 0; index < bounds.Length; index++)
        {
            if (value <= bounds[index])
                return index;
        }

        return bounds.Length;
    }
}
