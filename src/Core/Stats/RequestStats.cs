namespace Knative.Xds.Core.Stats;

/// <summary>Counts requests and the time-weighted mean of those in flight.</summary>
/// <remarks>
/// Units: instants are nanoseconds of any one clock. An instant before the last one counts as that one.
/// Threading: every member may be called from anywhere; one short lock.
/// Source: knative/networking pkg/http/stats/request.go; the order of the floating-point operations is part of the contract.
/// </remarks>
public sealed class RequestStats(long now)
{
    private readonly Lock _lock = new();
    private long _lastChange = now;
    private double _concurrency;
    private double _proxiedConcurrency;
    private double _requestCount;
    private double _proxiedCount;
    private double _concurrencySeconds;
    private double _proxiedConcurrencySeconds;
    private double _seconds;

    /// <summary>A request arrives, <paramref name="proxied"/> by an activator or not.</summary>
    public void In(long now, bool proxied)
    {
        lock (_lock)
        {
            Advance(now);
            _concurrency++;
            _requestCount++;
            if (proxied)
            {
                _proxiedConcurrency++;
                _proxiedCount++;
            }
        }
    }

    /// <summary>A request that arrived earlier has ended.</summary>
    public void Out(long now, bool proxied)
    {
        lock (_lock)
        {
            Advance(now);
            _concurrency--;
            if (proxied)
            {
                _proxiedConcurrency--;
            }
        }
    }

    /// <summary>Ends the reporting period: returns what it saw and starts the next one with the requests still in flight.</summary>
    public RequestReport Report(long now)
    {
        lock (_lock)
        {
            Advance(now);
            var report = new RequestReport(Mean(_concurrencySeconds), Mean(_proxiedConcurrencySeconds), _requestCount, _proxiedCount);
            _concurrencySeconds = _proxiedConcurrencySeconds = _seconds = 0;
            _requestCount = _proxiedCount = 0;
            return report;
        }
    }

    private double Mean(double weighted) => _seconds > 0 ? weighted / _seconds : 0;

    private void Advance(long now)
    {
        if (now <= _lastChange)
            return;
        var elapsed = RequestReport.Seconds(now - _lastChange);
        _seconds += elapsed;
        _concurrencySeconds += _concurrency * elapsed;
        _proxiedConcurrencySeconds += _proxiedConcurrency * elapsed;
        _lastChange = now;
    }
}
