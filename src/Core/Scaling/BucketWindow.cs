namespace Knative.Xds.Core.Scaling;

/// <summary>Sums of recorded values per time bucket over a sliding window, in a flat ring.</summary>
/// <remarks>Threading: one owner. Source: knative/serving pkg/autoscaler/aggregation/bucketing.go; the order of float operations is upstream's, so that results are equal to the digit.</remarks>
public sealed class BucketWindow
{
    private const long Never = long.MinValue / 4;
    private const double SmoothingPrecision = 0.0001;
    private const double MinSmoothing = 0.2;
    private const double RoundingFactor = 1e6;

    private readonly WindowAlgorithm _algorithm;
    private readonly long _granularityMs;
    private double[] _buckets;
    private long _windowMs;
    private long _firstWriteMs = Never;
    private long _lastWriteMs = Never;
    private double _total;

    /// <summary>Makes an empty window of ⌈window / granularity⌉ buckets.</summary>
    public BucketWindow(WindowAlgorithm algorithm, TimeSpan window, TimeSpan granularity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(window, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(granularity, TimeSpan.FromSeconds(1));
        _algorithm = algorithm;
        _granularityMs = (long)granularity.TotalMilliseconds;
        _windowMs = (long)window.TotalMilliseconds;
        _buckets = new double[BucketCount(_windowMs)];
        Smoothing = SmoothingFor(_buckets.Length);
    }

    /// <summary>Weight of the newest bucket; only the weighted algorithm uses it.</summary>
    public double Smoothing { get; private set; }

    /// <summary>When a value was last recorded, to the bucket; null before the first.</summary>
    public DateTimeOffset? LastWrite => _lastWriteMs == Never ? null : DateTimeOffset.FromUnixTimeMilliseconds(_lastWriteMs);

    /// <summary>Adds a value to the bucket of its time. Values of one bucket are summed; those a whole window older than the newest are dropped.</summary>
    public void Record(DateTimeOffset time, double value)
    {
        var bucketMs = Truncate(time.ToUnixTimeMilliseconds());
        if (bucketMs != _lastWriteMs)
        {
            if (bucketMs + _windowMs <= _lastWriteMs)
            {
                return;
            }

            if (_firstWriteMs == Never || bucketMs < _firstWriteMs)
            {
                _firstWriteMs = bucketMs;
            }

            if (bucketMs > _lastWriteMs)
            {
                MoveTo(bucketMs);
            }
        }

        _buckets[Slot(bucketMs) % _buckets.Length] += value;
        _total += value;
    }

    /// <summary>Whether nothing was recorded for longer than the window.</summary>
    public bool IsEmpty(DateTimeOffset now) => Truncate(now.ToUnixTimeMilliseconds()) - _lastWriteMs > _windowMs;

    /// <summary>Average per bucket at <paramref name="now"/>; changes nothing.</summary>
    public double Average(DateTimeOffset now)
    {
        var nowMs = Truncate(now.ToUnixTimeMilliseconds());
        return _algorithm == WindowAlgorithm.Linear ? LinearAverage(nowMs) : WeightedAverage(nowMs);
    }

    /// <summary>Changes the length of the window and keeps what still fits.</summary>
    public void Resize(TimeSpan window, DateTimeOffset now)
    {
        var windowMs = (long)window.TotalMilliseconds;
        if (windowMs == _windowMs)
        {
            return;
        }

        var buckets = new double[BucketCount(windowMs)];
        var total = 0.0;
        if (!IsEmpty(now))
        {
            var slot = Slot(_lastWriteMs);
            for (var i = 0; i < Math.Min(buckets.Length, _buckets.Length); i++, slot--)
            {
                var value = _buckets[slot % _buckets.Length];
                buckets[slot % buckets.Length] = value;
                total += value;
            }

            // Upstream counts from the old length even if data came in for a shorter time, so the average can drop here.
            _firstWriteMs = _lastWriteMs - ((_buckets.Length - 1) * _granularityMs);
        }
        else
        {
            _firstWriteMs = Never;
        }

        (_buckets, _total, _windowMs) = (buckets, total, windowMs);
        Smoothing = SmoothingFor(buckets.Length);
    }

    /// <summary>Weight of the newest of <paramref name="buckets"/>: so that the oldest counts for 0.01 %, but never below 0.2.</summary>
    public static double SmoothingFor(int buckets) => Math.Max(MinSmoothing, 1 - Math.Pow(SmoothingPrecision, 1.0 / buckets));

    private void MoveTo(long bucketMs)
    {
        if (bucketMs - _lastWriteMs >= _windowMs)
        {
            _firstWriteMs = bucketMs;
            Array.Clear(_buckets);
            _total = 0;
        }
        else
        {
            for (var slot = Slot(_lastWriteMs) + 1; slot <= Slot(bucketMs); slot++)
            {
                ref var bucket = ref _buckets[slot % _buckets.Length];
                _total -= bucket;
                bucket = 0;
            }
        }

        _lastWriteMs = bucketMs;
    }

    private double LinearAverage(long nowMs)
    {
        var idleMs = nowMs - _lastWriteMs;
        if (idleMs >= _windowMs)
        {
            return 0;
        }

        var total = _total;
        long valid = _buckets.Length;
        if (idleMs > 0)
        {
            for (var slot = Slot(_lastWriteMs) + 1; slot <= Slot(nowMs); slot++)
            {
                total -= _buckets[slot % _buckets.Length];
            }

            valid -= idleMs / _granularityMs;
        }

        var written = ((_lastWriteMs - _firstWriteMs) / _granularityMs) + 1;
        var average = total / Math.Min(written, valid);
        return Math.Round(average * RoundingFactor, MidpointRounding.AwayFromZero) / RoundingFactor;
    }

    private double WeightedAverage(long nowMs)
    {
        var idleMs = nowMs - _lastWriteMs;
        if (idleMs > _windowMs)
        {
            return 0;
        }

        var count = (long)_buckets.Length;
        var weight = Smoothing;
        if (idleMs > 0)
        {
            var idleBuckets = idleMs / _granularityMs;
            count -= idleBuckets;
            weight *= Math.Pow(1 - Smoothing, idleBuckets);
        }

        var average = 0.0;
        var newest = Slot(_lastWriteMs);
        for (var i = 0L; i < count; i++)
        {
            average += _buckets[(newest - i) % _buckets.Length] * weight;
            weight *= 1 - Smoothing;
        }

        return average;
    }

    private long Slot(long timeMs) => timeMs / _granularityMs;

    private long Truncate(long timeMs) => timeMs - (timeMs % _granularityMs);

    private int BucketCount(long windowMs) => (int)((windowMs + _granularityMs - 1) / _granularityMs);
}
