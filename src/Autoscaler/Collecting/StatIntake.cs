using Knative.Xds.Autoscaler.Deciding;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Where pushed stats come in: recorded first, then a revision at zero is decided at once.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class StatIntake(CollectionTable collections, DeciderTable deciders, AutoscalerMetrics metrics, TimeProvider time)
{
    private const long MaxUnixSeconds = 253402300799;

    public void Accept(in StatMessage message)
    {
        metrics.StatReceived();
        if (!IsUsable(message.Stat))
        {
            return;
        }

        var seconds = message.Stat.Timestamp;
        var at = seconds is <= 0 or > MaxUnixSeconds ? time.GetUtcNow() : DateTimeOffset.FromUnixTimeSeconds(seconds);
        collections.Record(message.Key, at, message.Stat);
        deciders.Poke(message.Key, message.Stat.AverageConcurrentRequests);
    }

    /// <summary>Whether a stat holds numbers: a NaN would stay in the running totals of a window for good.</summary>
    public static bool IsUsable(in Stat stat) =>
        double.IsFinite(stat.AverageConcurrentRequests) && double.IsFinite(stat.AverageProxiedConcurrentRequests)
        && double.IsFinite(stat.RequestCount) && double.IsFinite(stat.ProxiedRequestCount);
}
