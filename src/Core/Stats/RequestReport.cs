namespace Knative.Xds.Core.Stats;

/// <summary>What <see cref="RequestStats"/> counted in one reporting period.</summary>
/// <param name="AverageConcurrency">Time-weighted mean of the requests in flight, proxied ones included.</param>
/// <param name="AverageProxiedConcurrency">The part of it that came through an activator.</param>
/// <param name="RequestCount">Requests that arrived, proxied ones included.</param>
/// <param name="ProxiedRequestCount">The part of them that came through an activator.</param>
public readonly record struct RequestReport(double AverageConcurrency, double AverageProxiedConcurrency, double RequestCount, double ProxiedRequestCount)
{
    /// <summary>The stat that a queue-proxy answers a scrape with.</summary>
    /// <param name="podName">Pod that reports.</param>
    /// <param name="periodNanoseconds">Length of the reporting period.</param>
    /// <param name="uptimeNanoseconds">Age of the process.</param>
    /// <remarks>Units: counts become requests per second. Source: knative/serving pkg/queue/protobuf_stats_reporter.go.</remarks>
    public Stat ToStat(string podName, long periodNanoseconds, long uptimeNanoseconds)
    {
        var period = Seconds(periodNanoseconds);
        return new Stat
        {
            PodName = podName,
            AverageConcurrentRequests = AverageConcurrency,
            AverageProxiedConcurrentRequests = AverageProxiedConcurrency,
            RequestCount = RequestCount / period,
            ProxiedRequestCount = ProxiedRequestCount / period,
            ProcessUptime = Seconds(uptimeNanoseconds),
        };
    }

    // Two terms, as Go's Duration.Seconds: one division by 1e9 would differ in the last bits.
    internal static double Seconds(long nanoseconds) => nanoseconds / 1_000_000_000 + nanoseconds % 1_000_000_000 / 1e9;
}
