using System.Collections.Concurrent;

namespace Knative.Xds.QueueProxy.Reporting;

/// <summary>Counts what the proxy's metrics say.</summary>
/// <remarks>Threading: every member may be called from anywhere.</remarks>
internal sealed class RequestMetrics
{
    // Clients choose tags freely: beyond so many a tag counts as undefined, so that made-up ones leave the series of real statuses alone.
    private const int MaxTags = 50;
    private const int MaxSeries = 2000;

    private readonly HashSet<string> _tags = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<RequestKey, DurationSeries> _requests = new();
    private readonly ConcurrentDictionary<(string Method, int Status), DurationSeries> _invocations = new();

    /// <summary>Requests from their arrival to the end of their responses.</summary>
    public IEnumerable<KeyValuePair<RequestKey, DurationSeries>> Requests => _requests;

    /// <summary>The time that the user container took of them.</summary>
    public IEnumerable<KeyValuePair<(string Method, int Status), DurationSeries>> Invocations => _invocations;

    public void ObserveRequest(RequestKey key, double seconds)
    {
        if (!_requests.TryGetValue(key, out var series))
            series = AddSeries(WithKnownTag(key));
        series.Observe(seconds);
    }

    public void ObserveInvocation(string method, int status, double seconds)
    {
        var key = (RequestKey.MethodLabel(method), status);
        if (!_invocations.TryGetValue(key, out var series))
            series = _invocations.GetOrAdd(key, static _ => new DurationSeries());
        series.Observe(seconds);
    }

    private RequestKey WithKnownTag(RequestKey key)
    {
        lock (_gate)
        {
            return _tags.Contains(key.RouteTag) || (_tags.Count < MaxTags && _tags.Add(key.RouteTag)) ? key : key with { RouteTag = Handling.RouteTag.Undefined };
        }
    }

    private DurationSeries AddSeries(RequestKey key) =>
        _requests.GetOrAdd(_requests.Count < MaxSeries || _requests.ContainsKey(key) ? key : RequestKey.Overflow, static _ => new DurationSeries());
}
