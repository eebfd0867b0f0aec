using Knative.Xds.Autoscaler.Deciding;
using Knative.Xds.Autoscaler.Measuring;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Where pushed stats come in: recorded first, then a revision at zero is decided at once.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class StatIntake(CollectionTable collections, DeciderTable deciders, AutoscalerMetrics metrics, TimeProvider time)
{
    // Clocks of replicas differ by less. Data from further ahead would keep out whatever is new until then.
    private static readonly TimeSpan MostAhead = TimeSpan.FromSeconds(10);

    public void Accept(in StatMessage message)
    {
        if (!message.Stat.IsPlausible)
        {
            metrics.StatReceived(StatOutcome.Implausible);
            return;
        }

        var now = time.GetUtcNow();
        var seconds = message.Stat.Timestamp;
        var isAhead = seconds > (now + MostAhead).ToUnixTimeSeconds();
        var at = isAhead || seconds <= 0 ? now : DateTimeOffset.FromUnixTimeSeconds(seconds);
        var isKnown = collections.Record(message.Key, at, message.Stat);
        metrics.StatReceived(!isKnown ? StatOutcome.Unknown : isAhead ? StatOutcome.Restamped : StatOutcome.Recorded);
        deciders.Poke(message.Key, message.Stat.AverageConcurrentRequests);
    }
}
