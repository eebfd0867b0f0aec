using Knative.Xds.Autoscaler.Caching;

namespace Knative.Xds.Autoscaler.Deciding;

/// <summary>Decides every revision on each tick.</summary>
internal sealed class TickLoop(DeciderTable deciders, ClusterCaches caches, AutoscalerOptions options, TimeProvider time, ILogger<TickLoop> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await caches.Synced.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(options.TickInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                deciders.DecideAll(options.TickInterval);
            }
            catch (Exception exception)
            {
                AutoscalerLog.LoopFailed(logger, "tick", exception);
            }
        }
    }
}
