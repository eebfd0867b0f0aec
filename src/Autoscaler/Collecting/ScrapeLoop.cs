using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Scrapes every revision once a second.</summary>
internal sealed class ScrapeLoop(
    CollectionTable collections, PodScraper scraper, ClusterCaches caches, AutoscalerMetrics metrics, TimeProvider time, ILogger<ScrapeLoop> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Fires when scraping a revision begins to fail, fails otherwise, or works again.</summary>
    public event Action<ObjectKey>? OutcomeChanged;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await caches.Synced.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var (key, collection) in collections.All)
            {
                if (collection.ScrapeTarget.Length == 0)
                {
                    Note(key, collection, null);
                }
                else if (collection.TryBeginScrape())
                {
                    _ = ScrapeAsync(key, collection, stoppingToken);
                }
            }
        }
    }

    private async Task ScrapeAsync(ObjectKey key, Collection collection, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        try
        {
            var (stat, problem) = await scraper.ScrapeAsync(key, collection.StableWindow, cancellationToken);
            if (stat is { } found)
            {
                collection.Record(time.GetUtcNow(), found);
            }

            metrics.Scraped(time.GetElapsedTime(started), problem is not null);
            Note(key, collection, problem);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Note(key, collection, new ScrapeProblem(ScrapeProblem.CollectionFailed, $"Failed to reconcile metric collection: {exception.Message}"));
        }
        finally
        {
            collection.EndScrape();
        }
    }

    private void Note(ObjectKey key, Collection collection, ScrapeProblem? problem)
    {
        if (!collection.Note(problem))
        {
            return;
        }

        if (problem is null)
        {
            AutoscalerLog.ScrapeRecovered(logger, key);
        }
        else
        {
            AutoscalerLog.ScrapeFailed(logger, key, problem.Message);
        }

        OutcomeChanged?.Invoke(key);
    }
}
