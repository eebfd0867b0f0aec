using Prometheus;

namespace Knative.Xds.Autoscaler.Sharding;

/// <summary>Metrics of buckets and of stats on their way between replicas.</summary>
internal sealed class ShardingMetrics(IMetricFactory factory)
{
    /// <value>Reason of a drop: its window is over.</value>
    public const string Expired = "expired";
    /// <value>Reason of a drop: too many waited.</value>
    public const string Overflow = "overflow";

    private readonly Gauge _owned = factory.CreateGauge("kxds_autoscaler_bucket_owned", "1 where this replica owns the bucket.", ["bucket"]);
    private readonly Counter _changes = factory.CreateCounter("kxds_autoscaler_bucket_changes_total", "Times that this replica gained or lost the bucket.", ["bucket"]);
    private readonly Counter _forwarded = factory.CreateCounter("kxds_autoscaler_stats_forwarded_total", "Stats that were sent to another replica.");
    private readonly Counter _dropped = factory.CreateCounter("kxds_autoscaler_stats_dropped_total", "Stats that found no owner in time.", ["reason"]);
    private readonly Gauge _waiting = factory.CreateGauge("kxds_autoscaler_stats_waiting", "Stats that wait for the bucket's owner.", ["bucket"]);

    public void Owned(string bucket, bool owned)
    {
        _owned.WithLabels(bucket).Set(owned ? 1 : 0);
        _changes.WithLabels(bucket).Inc();
    }

    public void Known(string bucket)
    {
        _owned.WithLabels(bucket).Set(0);
        _waiting.WithLabels(bucket).Set(0);
    }

    public void Forwarded(int count) => _forwarded.Inc(count);

    public void Dropped(string reason, int count)
    {
        if (count > 0)
        {
            _dropped.WithLabels(reason).Inc(count);
        }
    }

    public void Waiting(string bucket, int count) => _waiting.WithLabels(bucket).Set(count);
}
