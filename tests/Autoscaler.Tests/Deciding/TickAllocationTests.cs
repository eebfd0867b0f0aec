using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Autoscaler.Deciding;
using Knative.Xds.Autoscaler.Measuring;
using Knative.Xds.Autoscaler.Tests.Collecting;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Stats;
using Prometheus;

namespace Knative.Xds.Autoscaler.Tests.Deciding;

public class TickAllocationTests
{
    private const int Revisions = 20;
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(56);

    // Everything that a tick does for a revision but I/O: two scrapes taken in, averages, decision, its record, its metrics.
    [Theory]
    [InlineData(WindowAlgorithm.Linear, ScalingMetric.Concurrency, 0)]
    [InlineData(WindowAlgorithm.Linear, ScalingMetric.Rps, 300)]
    [InlineData(WindowAlgorithm.WeightedExponential, ScalingMetric.Concurrency, 300)]
    public void Tick_OnceWarm_AllocatesNothing(WindowAlgorithm algorithm, ScalingMetric metric, int delaySeconds)
    {
        var spec = Spec(metric, delaySeconds);
        var metrics = new RevisionMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()), new AutoscalerOptions());
        var revisions = Enumerable.Range(0, Revisions).Select(i => new Revision(spec, algorithm, metrics, i)).ToArray();
        Run(revisions, spec, 0, 400);

        var before = GC.GetAllocatedBytesForCurrentThread();
        var decided = Run(revisions, spec, 400, 800);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal((Revisions * 400, 0), (decided, allocated));
    }

    // Up and down within every minute, in and out of panic.
    private static int Run(Revision[] revisions, DeciderSpec spec, int first, int end)
    {
        var decided = 0;
        for (var tick = first; tick < end; tick++)
        {
            foreach (var revision in revisions)
            {
                decided += revision.Tick(spec, Start.AddSeconds(2 * tick), (tick % 30 < 15 ? 200 : 20) + (tick % 7)) ? 1 : 0;
            }
        }

        return decided;
    }

    private static DeciderSpec Spec(ScalingMetric metric, int delaySeconds) => new()
    {
        ScalingMetric = metric,
        TargetValue = 10,
        TotalValue = 14,
        MaxScaleUpRate = 1000,
        MaxScaleDownRate = 2,
        PanicThreshold = 2,
        StableWindow = GoDuration.FromSeconds(60),
        ScaleDownDelay = GoDuration.FromSeconds(delaySeconds),
        Reachable = true,
        TargetBurstCapacity = 211,
        ActivatorCapacity = 100,
    };

    private sealed class Revision(DeciderSpec spec, WindowAlgorithm algorithm, RevisionMetrics metrics, int number)
    {
        private readonly Collection _collection = new(
            new CollectionSpec(algorithm, GoDuration.FromSeconds(60), GoDuration.FromSeconds(6), "private"),
            new RevisionScraper(default, new FakeStatSource([])));
        private readonly RevisionDecider _decider = new(spec, new RevisionSeries(metrics, ["default", "s", "c", $"r{number}"]), 1, default, Start);
        private int _ready = 1;

        public bool Tick(DeciderSpec spec, DateTimeOffset now, double load)
        {
            var stat = new Stat { PodName = Sampling.ScraperPodName, AverageConcurrentRequests = load, RequestCount = load };
            _collection.Take(new RevisionScrape(stat, null), now.AddSeconds(-1));
            _collection.Take(new RevisionScrape(stat, null), now);
            if (_decider.Decide(spec, new ScaleInput(_ready, _collection.Averages(spec.ScalingMetric, now)), now, onlyFromZero: false) is not { } outcome)
            {
                return false;
            }

            _decider.Series.Decided(spec, outcome.Decision);
            _ready = outcome.Decision.Desired;
            return true;
        }
    }
}
