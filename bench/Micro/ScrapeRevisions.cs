using System.Diagnostics.CodeAnalysis;
using BenchmarkDotNet.Attributes;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Micro;

/// <summary>What a round of scraping costs in the autoscaler itself: a hundred revisions whose pods all wait, then all answer.</summary>
[InProcess, MemoryDiagnoser, WarmupCount(3), IterationCount(5)]
public class ScrapeRevisions
{
    private const int Revisions = 100;
    private static readonly GoDuration Window = GoDuration.FromSeconds(60);
    private readonly WaitingPods _source = new();
    private RevisionScraper[] _scrapers = [];
    private ValueTask<RevisionScrape>[] _scrapes = [];
    private string[] _addresses = [];

    /// <summary>Pods of each revision.</summary>
    [Params(3, 30)]
    public int Pods { get; set; }

    /// <summary>Makes the revisions.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _scrapers = [.. Enumerable.Range(0, Revisions).Select(_ => new RevisionScraper(default, _source))];
        _scrapes = new ValueTask<RevisionScrape>[Revisions];
        _addresses = [.. Enumerable.Range(1, Pods).Select(i => $"10.0.0.{i}")];
    }

    /// <summary>Per revision.</summary>
    [Benchmark(OperationsPerInvoke = Revisions)]
    [SuppressMessage("Reliability", "CA2012:Use ValueTasks correctly", Justification = "Each is asked for its result once, below.")]
    public double Scrape()
    {
        for (var i = 0; i < Revisions; i++)
        {
            _scrapes[i] = _scrapers[i].ScrapeAsync(new PodAges(_addresses, Pods), Window, CancellationToken.None);
        }

        _source.Answer(new StatAnswer(new Stat { AverageConcurrentRequests = 2 }, ScrapeFailure.None));
        var sum = 0.0;
        foreach (var scrape in _scrapes)
        {
            sum += scrape.Result.Stat!.Value.AverageConcurrentRequests;
        }

        return sum == Revisions * 2 * Pods ? sum : throw new InvalidOperationException("a scrape failed");
    }
}
