using System.Collections.Concurrent;

namespace Knative.Xds.QueueProxy.Reporting;

/// <summary>Counts what the proxy's metrics say.</summary>
/// <remarks>Threading: every member may be called from anywhere.</remarks>
internal sealed class RequestMetrics
{
    // Clients choose tags freely; beyond this many series a request counts as one of the rest.
    private const int MaxSeries = 500;

    private readonly ConcurrentDictionary<RequestKey, DurationSeries> _requests = new();
    private readonly ConcurrentDictionary<(string Method, int Status), DurationSeries> _invocations = new();
    private int _series;

    /// <summary>Requests from their arrival to the end of their responses.</summary>
    public IEnumerable<KeyValuePair<RequestKey, DurationSeries>> Requests => _requests;

    /// <summary>The time that the user container took of them.</summary>
    public IEnumerable<KeyValuePair<(string Method, int Status), DurationSeries>> Invocations => _invocations;

    public void ObserveRequest(RequestKey key, double seconds)
    {
        if (!_requests.TryGetValue(key, out var series))
            series = AddSeries(key);
        series.Observe(seconds);
    }

    public void ObserveInvocation(string method, int status, double seconds)
    {
        var key = (RequestKey.MethodLabel(method), status);
        if (!_invocations.TryGetValue(key, out var series))
            series = _invocations.GetOrAdd(key, static _ => new DurationSeries());
        series.Observe(seconds);
    }

    private DurationSeries AddSeries(RequestKey key) =>
        _requests.GetOrAdd(Interlocked.Increment(ref _series) <= MaxSeries ? key : RequestKey.Overflow, static _ => new DurationSeries());
}
