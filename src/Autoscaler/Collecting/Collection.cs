using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>What is collected for one revision, and how the last scrape went.</summary>
/// <remarks>Threading: safe; its lock is held for arithmetic only.</remarks>
internal sealed class Collection(WindowAlgorithm algorithm, TimeSpan stableWindow, TimeSpan panicWindow, string scrapeTarget)
{
    private readonly Lock _lock = new();
    private readonly MetricCollection _windows = new(algorithm, stableWindow, panicWindow, scrapeTarget.Length > 0);
    private int _scraping;

    public TimeSpan StableWindow { get; private set; } = stableWindow;

    public string ScrapeTarget { get; private set; } = scrapeTarget;

    /// <summary>Why the last scrape failed; null when it did not.</summary>
    public ScrapeProblem? Problem { get; private set; }

    /// <summary>When data last came in; null before the first.</summary>
    public DateTimeOffset? LastWrite
    {
        get
        {
            lock (_lock)
            {
                return _windows.LastWrite;
            }
        }
    }

    public void Update(TimeSpan stableWindow, TimeSpan panicWindow, string scrapeTarget, DateTimeOffset now)
    {
        lock (_lock)
        {
            (StableWindow, ScrapeTarget) = (stableWindow, scrapeTarget);
            _windows.Update(stableWindow, panicWindow, scrapeTarget.Length > 0, now);
        }
    }

    public void Record(DateTimeOffset time, in Stat stat)
    {
        lock (_lock)
        {
            _windows.Record(time, stat);
        }
    }

    public MetricAverages? Averages(ScalingMetric metric, DateTimeOffset now)
    {
        lock (_lock)
        {
            return _windows.Averages(metric, now);
        }
    }

    /// <summary>Notes how a scrape went; true when that differs from the one before.</summary>
    public bool Note(ScrapeProblem? problem)
    {
        lock (_lock)
        {
            var changed = Problem != problem;
            Problem = problem;
            return changed;
        }
    }

    /// <summary>Begins a scrape; false while one runs, so that a slow pod never piles up requests.</summary>
    public bool TryBeginScrape() => Interlocked.Exchange(ref _scraping, 1) == 0;

    public void EndScrape() => Volatile.Write(ref _scraping, 0);
}
