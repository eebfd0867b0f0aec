namespace Knative.Xds.Core.Scaling;

/// <summary>Sums of recorded values per time bucket over a sliding window, in a flat ring.</summary>
/// <remarks>Threading: one owner. Source: knative/serving pkg/autoscaler/aggregation/bucketing.go; the order of float operations is upstream's, so that results are equal to the digit. Inside, an instant is its bucket's first second since 1970.</remarks>
public sealed class BucketWindow
{
    private const long Never = long.MinValue / 4;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const double SmoothingPrecision = 0.0001;
    private const double MinSmoothing = 0.2;
    private const double RoundingFactor = 1e6;
    // Go truncates instants from the year 1 on, which matters where buckets do not divide a day.
    private const long YearOne = -62_135_596_800;

    private readonly WindowAlgorithm _algorithm;
    private readonly long _granularity;
    private double[] _buckets;
    private GoDuration _window;
    private long _firstWrite = Never;
    private long _lastWrite = Never;
    private double _total;

    /// <summary>Makes an empty window of ⌈window / granularity⌉ buckets; a bucket is whole seconds long.</summary>
    public BucketWindow(WindowAlgorithm algorithm, GoDuration window, GoDuration granularity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(window, GoDuration.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(granularity, GoDuration.FromSeconds(1));
        _algorithm = algorithm;
        _granularity = granularity.Nanoseconds / NanosecondsPerSecond;
        _window = window;
        _buckets = new double[BucketCount(window)];
        Smoothing = SmoothingFor(_buckets.Length);
    }

    /// <summary>Weight of the newest bucket; only the weighted algorithm uses it.</summary>
    public double Smoothing { get; private set; }

    /// <summary>When a value was last recorded, to the bucket; null before the first.</summary>
    public DateTimeOffset? LastWrite => _lastWrite == Never ? null : DateTimeOffset.FromUnixTimeSeconds(_lastWrite);

    // Spans between buckets are whole seconds, so a window with a fraction is reached at the next one and exceeded after the last one.
    private long WindowReached => (_window.Nanoseconds / NanosecondsPerSecond) + (_window.IsWholeSeconds ? 0 : 1);

    private long WindowExceeded => _window.Nanoseconds / NanosecondsPerSecond;

    /// <summary>Adds a value to the bucket of its time. Values of one bucket are summed; those a whole window older than the newest are dropped.</summary>
    public void Record(DateTimeOffset time, double value)
    {
        var bucket = Truncate(time);
        if (bucket != _lastWrite)
        {
            if (bucket + WindowReached <= _lastWrite)
            {
                return;
            }

            if (_firstWrite == Never || bucket < _firstWrite)
            {
                _firstWrite = bucket;
            }

            if (bucket > _lastWrite)
            {
                MoveTo(bucket);
            }
        }

        _buckets[Index(Slot(bucket), _buckets.Length)] += value;
        _total += value;
    }

    /// <summary>Whether nothing was recorded for longer than the window.</summary>
    public bool IsEmpty(DateTimeOffset now) => Truncate(now) - _lastWrite > WindowExceeded;

    /// <summary>Average per bucket at <paramref name="now"/>; changes nothing.</summary>
    public double Average(DateTimeOffset now) => _algorithm == WindowAlgorithm.Linear ? LinearAverage(Truncate(now)) : WeightedAverage(Truncate(now));

    /// <summary>Changes the length of the window and keeps what still fits.</summary>
    public void Resize(GoDuration window, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(window, GoDuration.Zero);
        if (window == _window)
        {
            return;
        }

        var buckets = new double[BucketCount(window)];
        var total = 0.0;
        if (!IsEmpty(now))
        {
            var slot = Slot(_lastWrite);
            for (var i = 0; i < Math.Min(buckets.Length, _buckets.Length); i++, slot--)
            {
                var value = _buckets[Index(slot, _buckets.Length)];
                buckets[Index(slot, buckets.Length)] = value;
                total += value;
            }

            // Upstream counts from the old length even if data came in for a shorter time, so the average can drop here.
            _firstWrite = _lastWrite - ((_buckets.Length - 1) * _granularity);
        }
        else
        {
            _firstWrite = Never;
        }

        (_buckets, _total, _window) = (buckets, total, window);
        Smoothing = SmoothingFor(buckets.Length);
    }

    /// <summary>Weight of the newest of <paramref name="buckets"/>: so that the oldest counts for 0.01 %, but never below 0.2.</summary>
    public static double SmoothingFor(int buckets) => Math.Max(MinSmoothing, 1 - Math.Pow(SmoothingPrecision, 1.0 / buckets));

    private void MoveTo(long bucket)
    {
        if (bucket - _lastWrite >= WindowReached)
        {
            _firstWrite = bucket;
            Array.Clear(_buckets);
            _total = 0;
        }
        else
        {
            for (var slot = Slot(_lastWrite) + 1; slot <= Slot(bucket); slot++)
            {
                ref var value = ref _buckets[Index(slot, _buckets.Length)];
                _total -= value;
                value = 0;
            }
        }

        _lastWrite = bucket;
    }

    private double LinearAverage(long now)
    {
        var idle = now - _lastWrite;
        if (idle >= WindowReached)
        {
            return 0;
        }

        var total = _total;
        long valid = _buckets.Length;
        if (idle > 0)
        {
            for (var slot = Slot(_lastWrite) + 1; slot <= Slot(now); slot++)
            {
                total -= _buckets[Index(slot, _buckets.Length)];
            }

            valid -= idle / _granularity;
        }

        var written = ((_lastWrite - _firstWrite) / _granularity) + 1;
        var average = total / Math.Min(written, valid);
        return Math.Round(average * RoundingFactor, MidpointRounding.AwayFromZero) / RoundingFactor;
    }

    private double WeightedAverage(long now)
    {
        var idle = now - _lastWrite;
        if (idle > WindowExceeded)
        {
            return 0;
        }

        var count = (long)_buckets.Length;
        var weight = Smoothing;
        if (idle > 0)
        {
            var idleBuckets = idle / _granularity;
            count -= idleBuckets;
            weight *= Math.Pow(1 - Smoothing, idleBuckets);
        }

        var average = 0.0;
        var newest = Slot(_lastWrite);
        for (var i = 0L; i < count; i++)
        {
            average += _buckets[Index(newest - i, _buckets.Length)] * weight;
            weight *= 1 - Smoothing;
        }

        return average;
    }

    private long Slot(long bucket) => bucket / _granularity;

    // Before 1970 too an index lies in the ring: a clock can be set to anything.
    private static long Index(long slot, int length) => ((slot % length) + length) % length;

    private long Truncate(DateTimeOffset time)
    {
        var seconds = time.ToUnixTimeSeconds();
        return seconds - ((seconds - YearOne) % _granularity);
    }

    private int BucketCount(GoDuration window) => (int)Math.Ceiling((double)window.Nanoseconds / (_granularity * NanosecondsPerSecond));
}
