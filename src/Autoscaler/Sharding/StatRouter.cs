using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Sharding;

/// <summary>Where every pushed stat comes in: taken here when its revision is ours, else sent to its owner.</summary>
/// <remarks>Threading: safe, never blocks. Source: knative/serving pkg/autoscaler/statforwarder.</remarks>
internal sealed class StatRouter(Ownership ownership, Forwarder forwarder, StatIntake intake, TimeProvider time)
{
    /// <summary>Takes a stat.</summary>
    /// <param name="source">Address of who brought it.</param>
    /// <param name="forwarded">Whether that is another replica, which took us for the owner.</param>
    /// <param name="message">The stat.</param>
    public void Accept(string source, bool forwarded, in StatMessage message)
    {
        // The first receiver stamps: what is forwarded or waits for an owner belongs to the second it came in.
        var stamped = message.Stat.Timestamp == 0
            ? message with { Stat = message.Stat with { Timestamp = time.GetUtcNow().ToUnixTimeSeconds() } }
            : message;
        if (ownership.Owns(message.Key))
        {
            intake.Accept(stamped);
        }
        else
        {
            forwarder.Send(source, forwarded, stamped);
        }
    }
}
