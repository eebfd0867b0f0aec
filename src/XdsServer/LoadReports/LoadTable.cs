using Envoy.Config.Endpoint.V3;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.XdsServer.Fleets;
using Prometheus;

namespace Knative.Xds.XdsServer.LoadReports;

/// <summary>Adds up what all gateways report, by cluster and target, into metrics.</summary>
/// <remarks>Only clusters that are served have series, so that their number is bounded by the Services in use, whatever gateways say;
/// the series of the others go at the next scrape, or once they have doubled the table where nobody scrapes. Threading: safe.</remarks>
internal sealed class LoadTable
{
    private const int LeastSwept = 1_000;
    private readonly Func<string, bool> _isServed;
    private readonly LoadMetrics _metrics;
    private readonly Lock _lock = new();
    private readonly Dictionary<LoadKey, long> _inProgress = [];
    private readonly Dictionary<long, Dictionary<LoadKey, long>> _byStream = [];
    private int _left;

    /// <summary>Counts into metrics of a registry, for the clusters of all fleets.</summary>
    public LoadTable(FleetDirectory fleets, LoadMetrics metrics, CollectorRegistry registry)
        : this(cluster => fleets.All.Any(fleet => IsOf(fleet, cluster)), metrics) =>
        registry.AddBeforeCollectCallback(Sweep);

    /// <summary>Counts into metrics.</summary>
    /// <param name="isServed">Whether there is a cluster of that name.</param>
    /// <param name="metrics">The metrics.</param>
    public LoadTable(Func<string, bool> isServed, LoadMetrics metrics) => (_isServed, _metrics) = (isServed, metrics);

    /// <summary>Whether a fleet serves a cluster.</summary>
    public static bool IsOf(Fleet fleet, string cluster) => fleet.Streams.Snapshot?[ResourceType.Cluster].Find(cluster) is not null;

    /// <summary>How many clusters a fleet serves.</summary>
    public static int ClustersOf(Fleet fleet) => fleet.Streams.Snapshot?[ResourceType.Cluster].Count ?? 0;

    /// <summary>Takes one report: what was finished since the stream's last, and all that is in progress now.</summary>
    /// <param name="stream">Number of the stream.</param>
    /// <param name="clusters">The report.</param>
    /// <param name="isIts">Whether a cluster is of those that the stream's client is served.</param>
    public void Add(long stream, IEnumerable<ClusterStats> clusters, Func<string, bool> isIts)
    {
        _metrics.Reported();
        lock (_lock)
        {
            var now = new Dictionary<LoadKey, long>();
            foreach (var cluster in clusters.Where(cluster => cluster.UpstreamLocalityStats.Count > 0))
            {
                Add(cluster, now, isIts);
            }

            Replace(stream, now);
            if (_inProgress.Count > LeastSwept + (2 * _left))
            {
                SweepOwn();
            }
        }
    }

    /// <summary>Forgets what a stream had in progress.</summary>
    public void Leave(long stream)
    {
        lock (_lock)
        {
            Replace(stream, []);
            _byStream.Remove(stream);
        }
    }

    /// <summary>Takes away the series of clusters that are not served any more.</summary>
    public void Sweep()
    {
        lock (_lock)
        {
            SweepOwn();
        }
    }

    private void SweepOwn()
    {
        foreach (var key in _inProgress.Keys.Where(key => !_isServed(key.Cluster)).ToList())
        {
            _inProgress.Remove(key);
            if (key.TryGetLabels(out var labels))
            {
                _metrics.Remove(labels);
            }
        }

        _left = _inProgress.Count;
    }

    private void Add(ClusterStats cluster, Dictionary<LoadKey, long> now, Func<string, bool> isIts)
    {
        if (!_isServed(cluster.ClusterName) || !isIts(cluster.ClusterName))
        {
            _metrics.Unknown();
            return;
        }

        // Several localities and priorities may have one target.
        foreach (var part in cluster.UpstreamLocalityStats.Where(part => part.Locality?.SubZone != GatewayNames.GatewayZone))
        {
            var key = new LoadKey(cluster.ClusterName, part.Locality?.SubZone == GatewayNames.ActivatorZone ? LoadTarget.Activator : LoadTarget.Pods);
            if (key.TryGetLabels(out var labels))
            {
                _metrics.Add(labels, part.TotalSuccessfulRequests, part.TotalErrorRequests, part.TotalIssuedRequests);
                now[key] = now.GetValueOrDefault(key) + (long)part.TotalRequestsInProgress;
            }
        }
    }

    private void Replace(long stream, Dictionary<LoadKey, long> now)
    {
        var before = _byStream.GetValueOrDefault(stream) ?? [];
        _byStream[stream] = now;
        foreach (var key in before.Keys.Union(now.Keys))
        {
            Change(key, now.GetValueOrDefault(key) - before.GetValueOrDefault(key));
        }
    }

    private void Change(LoadKey key, long difference)
    {
        // Swept away, as it is not served any more: whatever was in progress is not counted either.
        if (!_isServed(key.Cluster) || !key.TryGetLabels(out var labels))
        {
            return;
        }

        var total = Math.Max(0, _inProgress.GetValueOrDefault(key) + difference);
        _inProgress[key] = total;
        _metrics.InProgress(labels, total);
    }
}
