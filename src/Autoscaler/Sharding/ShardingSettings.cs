using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Leases;

namespace Knative.Xds.Autoscaler.Sharding;

/// <summary>How many buckets there are, and the clockwork of their leases.</summary>
/// <remarks>Source: knative/pkg leaderelection/config.go. Read once at start, as there.</remarks>
internal sealed record ShardingSettings(int Buckets, LeaseTimings Timings)
{
    private const int MaxBuckets = 10;

    /// <summary>Takes over what config-leader-election says. A bad value gives a problem that names its key, and <paramref name="defaults"/> stay in force whole.</summary>
    public static (ShardingSettings Settings, Problem? Problem) Read(ObjectKey configMap, IReadOnlyDictionary<string, string> data, ShardingSettings defaults)
    {
        var reader = new LeaderElectionReader(configMap, data);
        var timings = new LeaseTimings(
            reader.Duration("lease-duration", defaults.Timings.Duration),
            reader.Duration("renew-deadline", defaults.Timings.RenewDeadline),
            reader.Duration("retry-period", defaults.Timings.RetryPeriod));
        var settings = new ShardingSettings(reader.Number("buckets", defaults.Buckets, MaxBuckets), timings);
        reader.Require(timings.RenewDeadline < timings.Duration, "renew-deadline", $"must be shorter than lease-duration {timings.Duration.TotalSeconds} s, was {timings.RenewDeadline.TotalSeconds} s");
        reader.Require(timings.RetryPeriod < timings.RenewDeadline, "retry-period", $"must be shorter than renew-deadline {timings.RenewDeadline.TotalSeconds} s, was {timings.RetryPeriod.TotalSeconds} s");
        return reader.Problem is null ? (settings, null) : (defaults, reader.Problem);
    }
}
