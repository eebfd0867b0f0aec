using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>What is collected for one revision, and how the last scrape went.</summary>
/// <remarks>Threading: safe; its lock is held for arithmetic only. Source: knative/serving pkg/autoscaler/metrics/collector.go.</remarks>
internal sealed class Collection
{
    // Below this a clock was only corrected: the windows bear it.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(10);
    // Scrapes are a second apart: who takes longer is always under way.
    private static readonly TimeSpan SlowScrape = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly WindowAlgorithm _algorithm;
    private MetricCollection _windows;
    private GoDuration _panicWindow;
    private volatile bool _slow;

    public Collection(CollectionSpec spec, RevisionScraper? scraper)
    {
        (_algorithm, Scraper) = (spec.Algorithm, scraper);
        (StableWindow, _panicWindow) = (spec.StableWindow, spec.PanicWindow);
        _windows = Empty();
    }

    public GoDuration StableWindow { get; private set; }

    /// <summary>Scrapes the revision; null when it is not to be scraped, because the activators report everything.</summary>
    public RevisionScraper? Scraper { get; private set; }

    /// <summary>Why the last scrape failed; null when it did not.</summary>
    public ScrapeProblem? Problem { get; private set; }

    /// <summary>Whether the next scrape may well take its time: the last one failed, or was slow.</summary>
    public bool IsLaggard => Problem is not null || _slow;

    /// <summary>The scrape that runs, or the last one; of whoever scrapes.</summary>
    public ValueTask<bool> Scrape { get; set; }

    /// <summary>When anything was last recorded; null before the first.</summary>
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

    /// <summary>Takes new windows and a new scraper, which knows nothing yet of a mesh; the algorithm stays. The answer is why the last scrape failed.</summary>
    public ScrapeProblem? Update(CollectionSpec spec, RevisionScraper? scraper, DateTimeOffset now)
    {
        lock (_lock)
        {
            (StableWindow, _panicWindow, Scraper) = (spec.StableWindow, spec.PanicWindow, scraper);
            _windows.Update(StableWindow, _panicWindow, scraper is not null, now);
            return Problem;
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

    /// <summary>Takes the outcome of a scrape in; true when it failed otherwise than the one before, or no longer.</summary>
    public bool Take(in RevisionScrape outcome, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (outcome.Stat is { } stat && stat != default)
            {
                _windows.Record(now, stat);
            }

            var changed = Problem != outcome.Problem;
            Problem = outcome.Problem;
            return changed;
        }
    }

    /// <summary>Takes in how long a scrape took.</summary>
    public void Took(TimeSpan duration) => _slow = duration > SlowScrape;

    /// <summary>How far ahead of the clock the newest data is, after it was set back; null when all is well.</summary>
    public TimeSpan? AheadOf(DateTimeOffset now) => LastWrite is { } last && last - now > ClockTolerance ? last - now : null;

    /// <summary>Forgets what lies in the future, after the clock was set back: until the clock is there again it would keep out whatever is new.</summary>
    /// <returns>How far ahead the newest data was; null when all is well.</returns>
    public TimeSpan? ForgetFuture(DateTimeOffset now)
    {
        lock (_lock)
        {
            if (AheadOf(now) is not { } ahead)
            {
                return null;
            }

            _windows = Empty();
            return ahead;
        }
    }

    private MetricCollection Empty() => new(_algorithm, StableWindow, _panicWindow, Scraper is not null);
}
