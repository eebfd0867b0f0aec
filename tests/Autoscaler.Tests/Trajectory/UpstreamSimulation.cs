namespace Knative.Xds.Autoscaler.Tests.Trajectory;

/// <summary>Upstream's autoscaler for one revision whose load comes from the activator, written down again from its description and sharing no code with ours.</summary>
/// <remarks>Stock settings, target 10 of which 70 % are used. Source: knative/serving pkg/autoscaler/{aggregation/bucketing,scaling/autoscaler,scaling/multiscaler}.go.</remarks>
internal sealed class UpstreamSimulation
{
    private const int StableWindow = 60, PanicWindow = 6;
    private const double Target = 7, MaxScaleUpRate = 1000, MaxScaleDownRate = 2, PanicThreshold = 2;
    // What was recorded in each second.
    private readonly SortedDictionary<int, double> _recorded = [];
    private int? _panicSince;
    private int _mostInPanic;

    /// <summary>The last decision; -1 before the first.</summary>
    public int Desired { get; private set; } = -1;

    /// <summary>A pushed report. At zero, a report of requests is decided at once.</summary>
    public void Report(int second, double concurrency, int readyPods)
    {
        _recorded[second] = _recorded.GetValueOrDefault(second) + concurrency;
        if (Desired == 0 && concurrency != 0)
        {
            Decide(second, readyPods);
        }
    }

    /// <summary>A tick.</summary>
    public void Decide(int now, int readyPods)
    {
        var (stableAverage, panicAverage) = (Average(now, StableWindow), Average(now, PanicWindow));
        var ready = Math.Max(1, readyPods);
        var (most, least) = (Math.Ceiling(MaxScaleUpRate * ready), Math.Floor(ready / MaxScaleDownRate));
        var (stablePods, panicPods) = (Math.Ceiling(stableAverage / Target), Math.Ceiling(panicAverage / Target));
        if (panicPods / ready >= PanicThreshold)
        {
            _panicSince = now;
        }
        else if (_panicSince + StableWindow < now)
        {
            (_panicSince, _mostInPanic) = (null, 0);
        }

        var desired = (int)Math.Min(Math.Max(stablePods, least), most);
        if (_panicSince is not null)
        {
            desired = _mostInPanic = Math.Max(_mostInPanic, Math.Max(desired, (int)Math.Min(Math.Max(panicPods, least), most)));
        }

        Desired = desired;
    }

    // All in the window, over the seconds from the first to the last record, but no more than the window has left before the last record.
    private double Average(int now, int window)
    {
        if (_recorded.Count == 0 || now - _recorded.Keys.Last() >= window)
        {
            return 0;
        }

        var last = _recorded.Keys.Last();
        var sum = _recorded.Where(entry => entry.Key > now - window).Sum(entry => entry.Value);
        var seconds = Math.Min(last - _recorded.Keys.First() + 1, window - (now - last));
        return Math.Round(sum / seconds * 1e6, MidpointRounding.AwayFromZero) / 1e6;
    }
}
