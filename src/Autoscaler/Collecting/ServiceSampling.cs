using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>One round of asking a Service: as many workers as stats are needed, each asks until an old pod that nobody heard of answers.</summary>
/// <remarks>Threading: its workers run in parallel.</remarks>
internal sealed class ServiceSampling(IStatSource source, int population, GoDuration stableWindow)
{
    private const int MaxTries = 10;

    private readonly Lock _lock = new();
    private readonly int _size = Sampling.SampleSize(population);
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly List<Stat> _old = [];
    private readonly List<Stat> _young = [];
    private ScrapeFailure _firstFailure;

    public async Task<RevisionScrape> RunAsync(CancellationToken cancellationToken)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(Enumerable.Range(0, _size).Select(_ => WorkAsync(giveUp)));
        // The pods that answered may be enough even if a worker met none that was new.
        if (_firstFailure is not (ScrapeFailure.None or ScrapeFailure.SeenBefore))
        {
            return new RevisionScrape(null, ScrapeProblem.ServiceFailed(_size, _firstFailure));
        }

        return _old.Count + _young.Count < _size
            ? new RevisionScrape(null, ScrapeProblem.DidNotReceiveStat(_size))
            : new RevisionScrape(Sampling.Average([.. _old, .. _young.Take(_size - _old.Count)], population), null);
    }

    private async Task WorkAsync(CancellationTokenSource giveUp)
    {
        for (var tries = 1; ; tries++)
        {
            var (stat, answer) = await source.AskServiceAsync(giveUp.Token);
            var (failure, done) = Take(stat, answer);
            if (done)
            {
                return;
            }

            if (failure != ScrapeFailure.None && tries >= MaxTries)
            {
                await FailAsync(failure, giveUp);
                return;
            }
        }
    }

    private (ScrapeFailure Failure, bool Done) Take(in Stat stat, ScrapeFailure answer)
    {
        if (answer != ScrapeFailure.None)
        {
            return (answer, false);
        }

        if (!stat.IsPlausible)
        {
            return (ScrapeFailure.Implausible, false);
        }

        lock (_lock)
        {
            if (!_seen.Add(stat.PodName))
            {
                return (ScrapeFailure.SeenBefore, false);
            }

            var isOld = stat.ProcessUptime >= stableWindow.Seconds;
            var full = !isOld && _young.Count == _size;
            if (!full)
            {
                (isOld ? _old : _young).Add(stat);
            }

            return (ScrapeFailure.None, isOld || full);
        }
    }

    private async Task FailAsync(ScrapeFailure failure, CancellationTokenSource giveUp)
    {
        lock (_lock)
        {
            _firstFailure = _firstFailure == ScrapeFailure.None ? failure : _firstFailure;
        }

        await giveUp.CancelAsync();
    }
}
