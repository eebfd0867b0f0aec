using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Knative.Xds.Autoscaler.Collecting.Pooling;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>Asks pods directly: as many workers as stats are needed, each goes on to the next pod until one answers.</summary>
/// <remarks>Threading: one round at a time; its workers run in parallel. A round allocates nothing once there was one of its size.</remarks>
[SuppressMessage("Reliability", "CA1001:Types that own disposable fields should be disposable", Justification = "Without timer and wait handle a token source holds nothing.")]
internal sealed class PodSampling(IStatSource source)
{
    private string[] _pods = [];
    private Stat[] _stats = [];
    private ValueTask<bool>[] _workers = [];
    private CancellationTokenSource _giveUp = new();
    private int _count;
    private int _next;
    private volatile bool _sawOtherError;

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    [SuppressMessage("Reliability", "CA2012:Use ValueTasks correctly", Justification = "Each is awaited once, below.")]
    public async ValueTask<RevisionScrape> RunAsync(PodAges pods, CancellationToken cancellationToken)
    {
        var size = Sampling.SampleSize(pods.Count);
        Begin(pods, size);
        for (var i = 0; i < size; i++)
        {
            _workers[i] = WorkAsync(i, cancellationToken);
        }

        var succeeded = 0;
        for (var i = 0; i < size; i++)
        {
            succeeded += await _workers[i] ? 1 : 0;
        }

        if (succeeded == size)
        {
            return new RevisionScrape(Sampling.Average(_stats.AsSpan(0, size), pods.Count), null);
        }

        return new RevisionScrape(null, succeeded > 0 || _sawOtherError ? ScrapeProblem.PodsExhausted : ScrapeProblem.PodsNotAddressable);
    }

    // Old pods first: their windows are full. Those of the group that is not taken whole are drawn by lot.
    private void Begin(PodAges pods, int size)
    {
        if (_pods.Length < pods.Count)
        {
            _pods = new string[pods.Count];
        }

        if (_workers.Length < size)
        {
            (_workers, _stats) = (new ValueTask<bool>[size], new Stat[size]);
        }

        if (_giveUp.IsCancellationRequested)
        {
            _giveUp.Dispose();
            _giveUp = new CancellationTokenSource();
        }

        pods.Addresses.Span.CopyTo(_pods);
        Random.Shared.Shuffle(pods.OldCount >= size ? _pods.AsSpan(0, pods.OldCount) : _pods.AsSpan(pods.OldCount, pods.Count - pods.OldCount));
        (_count, _next, _sawOtherError) = (pods.Count, -1, false);
    }

    // Its stat has its own place: sums are in the order of the workers, whoever is first.
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<bool> WorkAsync(int worker, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested && Interlocked.Increment(ref _next) is var index && index < _count)
        {
            var (stat, failure) = await source.AskPodAsync(_pods[index], _giveUp.Token);
            failure = failure == ScrapeFailure.None && !stat.IsPlausible ? ScrapeFailure.Implausible : failure;
            if (failure == ScrapeFailure.None)
            {
                _stats[worker] = stat;
                return true;
            }

            // A request that we ended ourselves says nothing about its pod.
            _sawOtherError |= failure != ScrapeFailure.MaybeMesh && !_giveUp.IsCancellationRequested;
        }

        // One worker without a pod fails the sample: the others need not go on.
        await _giveUp.CancelAsync();
        return false;
    }
}
