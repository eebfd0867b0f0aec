using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Collecting.Pooling;
using Knative.Xds.Autoscaler.Deciding;
using Knative.Xds.Autoscaler.Measuring;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Scrapes every revision once a second, each in its own part of the second: ten thousand at once would wait for each other.</summary>
internal sealed class ScrapeLoop(
    CollectionTable collections, DeciderTable deciders, ClusterCaches caches, ScrapeRoom room, AutoscalerMetrics metrics, TimeProvider time, ILogger<ScrapeLoop> logger) : BackgroundService
{
    private const int PartsPerSecond = 20;
    private static readonly TimeSpan Part = TimeSpan.FromSeconds(1.0 / PartsPerSecond);

    /// <summary>Fires when scraping a revision begins to fail, fails otherwise, or works again.</summary>
    public event Action<ObjectKey>? OutcomeChanged;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await caches.Synced.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(Part, time);
        var (start, done) = (time.GetTimestamp(), 0L);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // Parts that were missed are made up for, but never more than a second of them.
            var due = (long)(time.GetElapsedTime(start) / Part);
            for (done = Math.Max(done, due - PartsPerSecond); done < due; done++)
            {
                await ScrapeAsync((int)(done % PartsPerSecond), stoppingToken);
            }
        }
    }

    [SuppressMessage("Reliability", "CA2012:Use ValueTasks correctly", Justification = "Each is asked for its result once, before the next takes its place.")]
    private async Task ScrapeAsync(int part, CancellationToken stoppingToken)
    {
        TimeSpan? stepped = null;
        foreach (var (key, collection) in collections.All)
        {
            if ((uint)key.GetHashCode() % PartsPerSecond != part)
            {
                continue;
            }

            if (collection.AheadOf(time.GetUtcNow()) is not null)
            {
                // First: windows that are empty may be a wish for no pods.
                deciders.Hold(key);
                stepped = collection.ForgetFuture(time.GetUtcNow()) ?? stepped;
            }

            if (collection.Scraper is not { } scraper)
            {
                Take(key, collection, default);
            }
            else if (collection.Scrape.IsCompleted)
            {
                // One at a time, so that a slow pod never piles up requests. What it came to has long been taken in.
                _ = collection.Scrape.Result;
                collection.Scrape = default;
                var failing = collection.IsLaggard;
                if (await room.EnterAsync(failing, stoppingToken))
                {
                    collection.Scrape = ScrapeAsync(key, collection, scraper, failing, stoppingToken);
                }
                else
                {
                    metrics.ScrapeSkipped();
                }
            }
        }

        if (stepped is { } ahead)
        {
            metrics.ClockStepped();
            AutoscalerLog.DataFromTheFuture(logger, ahead);
        }
    }

    // Whether the pods could be asked.
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<bool> ScrapeAsync(ObjectKey key, Collection collection, RevisionScraper scraper, bool failing, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        try
        {
            var pods = caches.PodsByRevision.Of(key).SplitByAge(collection.StableWindow, time.GetUtcNow());
            var scrape = await scraper.ScrapeAsync(pods, collection.StableWindow, cancellationToken);
            if (pods.Count > 0)
            {
                metrics.Scraped(time.GetElapsedTime(started), scrape.Problem);
            }

            Take(key, collection, scrape);
            return true;
        }
        catch (Exception exception)
        {
            Take(key, collection, new RevisionScrape(null, ScrapeProblem.Failed(exception.Message)));
            return false;
        }
        finally
        {
            collection.Took(time.GetElapsedTime(started));
            room.Leave(failing);
        }
    }

    private void Take(ObjectKey key, Collection collection, in RevisionScrape scrape)
    {
        if (!collection.Take(scrape, time.GetUtcNow()))
        {
            return;
        }

        if (scrape.Problem is null)
        {
            AutoscalerLog.ScrapeRecovered(logger, key);
        }
        else
        {
            AutoscalerLog.ScrapeFailed(logger, key, scrape.Problem.Message);
        }

        OutcomeChanged?.Invoke(key);
    }
}
