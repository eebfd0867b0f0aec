using System.Text.Json;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Stats;
using Knative.Xds.Testing;

namespace Knative.Xds.Autoscaler.Tests.Collecting;

[Trait(Vectors.Trait, Vectors.Category)]
public class CollectionVectorTests
{
    private static readonly ObjectKey Key = new("ns", "rev");

    [Fact]
    public void Collection_RecordedOperations_AnswersTheSame()
    {
        foreach (var item in VectorCases.OrSkip("collection.json.gz", "cases"))
        {
            var table = new CollectionTable((_, target) => target.Length > 0 ? new RevisionScraper(default, new NoSource()) : null);
            var (index, weighted) = (0, false);
            foreach (var operation in item.GetProperty("ops").EnumerateArray())
            {
                // A collection keeps the algorithm that it was made with.
                weighted = operation.Text("op") == "createOrUpdate" && table.Find(Key) is null ? Algorithm(operation) == WindowAlgorithm.WeightedExponential : weighted;
                Play(table, operation, weighted, $"{item.Text("id")} operation {index++} {operation.Text("op")}");
            }
        }
    }

    private static void Play(CollectionTable table, JsonElement operation, bool weighted, string name)
    {
        switch (operation.Text("op"))
        {
            case "createOrUpdate":
                var spec = new CollectionSpec(
                    Algorithm(operation),
                    TimeSpan.FromMilliseconds(operation.Long("stableWindowMs")),
                    TimeSpan.FromMilliseconds(operation.Long("panicWindowMs")),
                    operation.Text("scrapeTarget")!);
                Assert.Equal((name, operation.Text("error")), (name, table.CreateOrUpdate(Key, spec, At(operation, "nowMs"))?.Message));
                break;
            case "delete":
                table.Delete(Key);
                break;
            case "record":
                table.Record(Key, At(operation, "timeMs"), StatVectors.Read(operation.GetProperty("stat")));
                break;
            case "scrape":
                Assert.Equal((name, operation.GetProperty("informed").GetBoolean()), (name, Scrape(table, operation)));
                break;
            default:
                AssertAnswer(table, ScalingMetric.Concurrency, operation, "concurrency", weighted, name);
                AssertAnswer(table, ScalingMetric.Rps, operation, "rps", weighted, name);
                break;
        }
    }

    private static bool Scrape(CollectionTable table, JsonElement operation)
    {
        Stat? stat = operation.GetProperty("stat") is { ValueKind: JsonValueKind.Object } found ? StatVectors.Read(found) : null;
        var problem = operation.Text("error") is { } error ? new ScrapeProblem("CollectionFailed", error) : null;
        return table.Find(Key)!.Take(new RevisionScrape(stat, problem), At(operation, "timeMs"));
    }

    private static void AssertAnswer(CollectionTable table, ScalingMetric metric, JsonElement operation, string member, bool weighted, string name)
    {
        var expected = operation.GetProperty(member);
        var (averages, reason) = table.Averages(Key, metric, At(operation, "nowMs"));
        var error = reason switch
        {
            NoMetric.None => null,
            NoMetric.NoData => "noData",
            _ => "notCollecting",
        };
        Assert.Equal((name, member, expected.Text("error")), (name, member, error));
        AssertEqual(expected.Double("stable"), averages?.Stable ?? 0, weighted, $"{name} {member} stable");
        AssertEqual(expected.Double("panic"), averages?.Panic ?? 0, weighted, $"{name} {member} panic");
    }

    // Exactly, but for weighted averages: Go's own power function differs from the C runtime's in the last bits.
    private static void AssertEqual(double expected, double actual, bool weighted, string name) =>
        Assert.True(
            expected == actual || (weighted && Math.Abs(expected - actual) <= 1e-12 * Math.Max(1, Math.Abs(expected))),
            $"{name}: expected {expected:R}, got {actual:R}");

    private static WindowAlgorithm Algorithm(JsonElement operation) => ScalingAnnotations.Algorithm(operation.Text("algorithmAnnotation"));

    private static DateTimeOffset At(JsonElement operation, string member) => DateTimeOffset.FromUnixTimeMilliseconds(operation.Long(member));

    private sealed class NoSource : IStatSource
    {
        public ValueTask<StatAnswer> AskPodAsync(string ip, CancellationToken cancellationToken) => throw new InvalidOperationException("nothing is scraped here");

        public Task<StatAnswer> AskServiceAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("nothing is scraped here");
    }
}
