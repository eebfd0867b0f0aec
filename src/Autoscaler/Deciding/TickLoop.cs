using Knative.Xds.Autoscaler.Caching;

namespace Knative.Xds.Autoscaler.Deciding;

/// <summary>Decides every revision on each tick.</summary>
internal sealed class TickLoop(DeciderTable deciders, ClusterCaches caches, TickHistory history, AutoscalerOptions options, TimeProvider time, ILogger<TickLoop> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await caches.Synced.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(options.TickInterval, time);
        var due = time.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            due = DueSince(due);
            try
            {
                deciders.DecideAll(options.TickInterval);
            }
            catch (Exception exception)
            {
                AutoscalerLog.LoopFailed(logger, "tick", exception);
            }

            history.Add(time.GetElapsedTime(due));
        }
    }

    // When the tick that runs now was due: a period after the one before, and of periods that were missed whole the last.
    private long DueSince(long before)
    {
        var interval = (long)(options.TickInterval.TotalSeconds * time.TimestampFrequency);
        var periods = Math.Max(1, (time.GetTimestamp() - before) / interval);
        return before + (periods * interval);
    }
}
