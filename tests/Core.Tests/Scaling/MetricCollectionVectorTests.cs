using System.Text.Json;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Stats;
using Knative.Xds.Core.Tests.Stats;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Scaling;

[Trait(Vectors.Trait, Vectors.Category)]
public class MetricCollectionVectorTests
{
    [Fact]
    public void Averages_RecordedOperations_GiveTheSameNumbers()
    {
        foreach (var item in VectorCases.OrSkip("collection.json.gz", "cases"))
        {
            MetricCollection? collection = null;
            var index = 0;
            foreach (var operation in item.GetProperty("ops").EnumerateArray())
            {
                collection = Play(collection, operation, $"{item.Text("id")} operation {index++}");
            }
        }
    }

    [Fact]
    public void SampleSize_RecordedPopulations_IsTheSame()
    {
        foreach (var item in VectorCases.OrSkip("collection.json.gz", "sampleSizes"))
        {
            Assert.Equal((item.Long("population"), item.Long("sample")), (item.Long("population"), Sampling.SampleSize((int)item.Long("population"))));
        }
    }

    [Fact]
    public void Average_RecordedSamples_GivesTheSameStat()
    {
        foreach (var item in VectorCases.OrSkip("collection.json.gz", "averages"))
        {
            Stat[] samples = [.. item.GetProperty("stats").EnumerateArray().Select(StatVectors.Read)];

            var stat = Sampling.Average(samples, (int)item.Long("population"));

            Assert.Equal((item.Text("id"), StatVectors.Read(item.GetProperty("result"))), (item.Text("id"), stat));
        }
    }

    private static MetricCollection? Play(MetricCollection? collection, JsonElement operation, string name)
    {
        switch (operation.Text("op"))
        {
            case "createOrUpdate":
                return CreateOrUpdate(collection, operation);
            case "delete":
                return null;
            case "record":
                collection?.Record(At(operation, "timeMs"), StatVectors.Read(operation.GetProperty("stat")));
                return collection;
            case "scrape":
                if (operation.GetProperty("stat") is { ValueKind: JsonValueKind.Object } scraped && StatVectors.Read(scraped) is var stat && stat != default)
                {
                    collection?.Record(At(operation, "timeMs"), stat);
                }

                return collection;
            default:
                AssertAnswer(collection, ScalingMetric.Concurrency, operation, operation.GetProperty("concurrency"), name);
                AssertAnswer(collection, ScalingMetric.Rps, operation, operation.GetProperty("rps"), name);
                return collection;
        }
    }

    private static MetricCollection CreateOrUpdate(MetricCollection? collection, JsonElement operation)
    {
        var stable = TimeSpan.FromMilliseconds(operation.Long("stableWindowMs"));
        var panic = TimeSpan.FromMilliseconds(operation.Long("panicWindowMs"));
        var scraped = operation.Text("scrapeTarget") != "";
        collection?.Update(stable, panic, scraped, At(operation, "nowMs"));
        return collection ?? new MetricCollection(ScalingAnnotations.Algorithm(operation.Text("algorithmAnnotation")), stable, panic, scraped);
    }

    private static void AssertAnswer(MetricCollection? collection, ScalingMetric metric, JsonElement operation, JsonElement expected, string name)
    {
        var averages = collection?.Averages(metric, At(operation, "nowMs"));

        Assert.Equal((name, metric, expected.Text("error") is null), (name, metric, averages is not null));
        AssertNear(expected.Double("stable"), averages?.Stable ?? 0, name);
        AssertNear(expected.Double("panic"), averages?.Panic ?? 0, name);
    }

    // Weighted averages go through a power function; the linear ones are compared exactly with the windows.
    private static void AssertNear(double expected, double actual, string name) =>
        Assert.True(Math.Abs(expected - actual) <= 1e-12 * Math.Max(1, Math.Abs(expected)), $"{name}: expected {expected:R}, got {actual:R}");

    private static DateTimeOffset At(JsonElement operation, string member) => DateTimeOffset.FromUnixTimeMilliseconds(operation.Long(member));
}
