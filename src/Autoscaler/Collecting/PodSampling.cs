using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>One round of asking pods directly: as many workers as stats are needed, each goes on to the next pod until one answers.</summary>
/// <remarks>Threading: its workers run in parallel.</remarks>
internal sealed class PodSampling(IStatSource source, string[] pods, int population)
{
    private int _next = -1;
    private volatile bool _sawOtherError;

    public async Task<RevisionScrape> RunAsync(CancellationToken cancellationToken)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var workers = new Task<Stat?>[Sampling.SampleSize(population)];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = WorkAsync(giveUp);
        }

        var samples = await Task.WhenAll(workers);
        var stats = samples.OfType<Stat>().ToArray();
        if (stats.Length == samples.Length)
        {
            return new RevisionScrape(Sampling.Average(stats, population), null);
        }

        return new RevisionScrape(null, stats.Length > 0 || _sawOtherError ? ScrapeProblem.PodsExhausted : ScrapeProblem.PodsNotAddressable);
    }

    private async Task<Stat?> WorkAsync(CancellationTokenSource giveUp)
    {
        while (Interlocked.Increment(ref _next) is var index && index < pods.Length)
        {
            var (stat, failure) = await source.AskPodAsync(pods[index], giveUp.Token);
            failure = failure == ScrapeFailure.None && !stat.IsPlausible ? ScrapeFailure.Implausible : failure;
            if (failure == ScrapeFailure.None)
            {
                return stat;
            }

            // A request that we ended ourselves says nothing about its pod.
            _sawOtherError |= failure != ScrapeFailure.MaybeMesh && !giveUp.IsCancellationRequested;
        }

        // One worker without a pod fails the sample: the others need not go on.
        await giveUp.CancelAsync();
        return null;
    }
}
