namespace Knative.Xds.Core.Stats;

/// <summary>What one queue-proxy or activator saw in its last reporting period.</summary>
/// <remarks>Source: knative/serving pkg/autoscaler/metrics/stat.proto, message Stat.</remarks>
public readonly record struct Stat
{
    private const double MostPlausible = 1e9;

    // null for empty, so that equality holds with a default value.
    private readonly string? _podName;

    /// <summary>Pod that reports; empty when unknown.</summary>
    public string PodName { get => _podName ?? ""; init => _podName = string.IsNullOrEmpty(value) ? null : value; }
    /// <summary>Time-weighted mean of the requests in flight, those that came through an activator included.</summary>
    public double AverageConcurrentRequests { get; init; }
    /// <summary>The part of <see cref="AverageConcurrentRequests"/> that came through an activator, which reports it too.</summary>
    public double AverageProxiedConcurrentRequests { get; init; }
    /// <summary>Requests per second.</summary>
    public double RequestCount { get; init; }
    /// <summary>The part of <see cref="RequestCount"/> that came through an activator.</summary>
    public double ProxiedRequestCount { get; init; }
    /// <summary>Seconds since the reporting process started.</summary>
    public double ProcessUptime { get; init; }
    /// <summary>Unix seconds; 0 means that the first receiver stamps it.</summary>
    public long Timestamp { get; init; }

    /// <summary>Whether the numbers can be: what is no number, or more than any pod can have, would stay in the running totals of windows for good.</summary>
    public bool IsPlausible =>
        Math.Abs(AverageConcurrentRequests) <= MostPlausible && Math.Abs(AverageProxiedConcurrentRequests) <= MostPlausible
        && Math.Abs(RequestCount) <= MostPlausible && Math.Abs(ProxiedRequestCount) <= MostPlausible;

    /// <summary>Concurrency that nobody else reports: counted once even when the request passed an activator.</summary>
    public double OwnConcurrency => AverageConcurrentRequests - AverageProxiedConcurrentRequests;
    /// <summary>Requests per second that nobody else reports.</summary>
    public double OwnRequestCount => RequestCount - ProxiedRequestCount;
}
