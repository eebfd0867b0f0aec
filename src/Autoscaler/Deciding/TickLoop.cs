using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Measuring;

namespace Knative.Xds.Autoscaler.Deciding;

/// <summary>Decides every revision on each tick.</summary>
internal sealed class TickLoop(
    DeciderTable deciders, ClusterCaches caches, TickHistory history, AutoscalerMetrics metrics, AutoscalerOptions options, TimeProvider time, ILogger<TickLoop> logger) : BackgroundService
{
    // Below this a clock was only corrected.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await caches.Synced.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(options.TickInterval, time);
        var due = time.GetTimestamp();
        var before = time.GetUtcNow();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            due = DueSince(due);
            before = FollowClock(before);
            try
            {
                deciders.DecideAll(options.TickInterval);
            }
            catch (Exception exception)
            {
                AutoscalerLog.LoopFailed(logger, "tick", exception);
            }

            history.Add(time.GetElapsedTime(due));
            metrics.Ticked(time.GetElapsedTime(due));
        }
    }

    // Panic and delay end at an instant: with the clock set back by an hour they would last an hour longer.
    private DateTimeOffset FollowClock(DateTimeOffset before)
    {
        var now = time.GetUtcNow();
        if (before - now > ClockTolerance)
        {
            AutoscalerLog.ClockSetBack(logger, before - now);
            deciders.ShiftBack(before - now);
        }

        return now;
    }

    // When the tick that runs now was due: a period after the one before, and of periods that were missed whole the last.
    private long DueSince(long before)
    {
        var interval = (long)(options.TickInterval.TotalSeconds * time.TimestampFrequency);
        var periods = Math.Max(1, (time.GetTimestamp() - before) / interval);
        return before + (periods * interval);
    }
}
