using System.Text.Json;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Scaling;

[Trait(Vectors.Trait, Vectors.Category)]
public class BucketWindowVectorTests
{
    [Fact]
    public void Average_RecordedOperations_GivesTheSameNumbers()
    {
        foreach (var item in VectorCases.OrSkip("windows.json.gz", "cases"))
        {
            var weighted = item.Text("algorithm") == "weightedExponential";
            var window = new BucketWindow(
                weighted ? WindowAlgorithm.WeightedExponential : WindowAlgorithm.Linear,
                TimeSpan.FromMilliseconds(item.Long("windowMs")),
                TimeSpan.FromMilliseconds(item.Long("granularityMs")));
            AssertSmoothing(item, window, item.Text("id")!);
            var index = 0;
            foreach (var operation in item.GetProperty("ops").EnumerateArray())
            {
                Play(window, operation, weighted, $"{item.Text("id")} operation {index++}");
            }
        }
    }

    [Fact]
    public void SmoothingFor_RecordedCounts_GivesTheSameCoefficient()
    {
        foreach (var item in VectorCases.OrSkip("windows.json.gz", "smoothingCoefficients"))
        {
            AssertNear(item.Double("coefficient"), BucketWindow.SmoothingFor((int)item.Long("buckets")), $"{item.Long("buckets")} buckets");
        }
    }

    [Fact]
    public void DelayWindow_RecordedOperations_GivesTheSameMaximum()
    {
        foreach (var item in VectorCases.OrSkip("windows.json.gz", "maxWindowCases"))
        {
            var window = new DelayWindow(TimeSpan.FromMilliseconds(item.Long("durationMs")), TimeSpan.FromMilliseconds(item.Long("granularityMs")));
            var index = 0;
            foreach (var operation in item.GetProperty("ops").EnumerateArray())
            {
                window.Record(At(operation, "timeMs"), (int)operation.Long("value"));

                Assert.Equal((item.Text("id"), index, operation.Long("current")), (item.Text("id"), index++, window.Current));
            }
        }
    }

    private static void Play(BucketWindow window, JsonElement operation, bool weighted, string name)
    {
        switch (operation.Text("op"))
        {
            case "record":
                window.Record(At(operation, "timeMs"), operation.Double("value"));
                break;
            case "resize":
                window.Resize(TimeSpan.FromMilliseconds(operation.Long("windowMs")), At(operation, "nowMs"));
                AssertSmoothing(operation, window, name);
                break;
            default:
                var now = At(operation, "nowMs");
                var average = window.Average(now);
                Assert.Equal((name, operation.GetProperty("isEmpty").GetBoolean()), (name, window.IsEmpty(now)));
                AssertEqual(operation.Double("result"), average, weighted, name);
                break;
        }
    }

    // Linear windows have none.
    private static void AssertSmoothing(JsonElement recorded, BucketWindow window, string name)
    {
        if (recorded.TryGetProperty("smoothingCoefficient", out var coefficient) && coefficient.ValueKind == JsonValueKind.Number)
        {
            AssertNear(coefficient.GetDouble(), window.Smoothing, name);
        }
    }

    private static void AssertEqual(double expected, double actual, bool weighted, string name)
    {
        if (weighted)
        {
            AssertNear(expected, actual, name);
        }
        else
        {
            Assert.True(expected == actual, $"{name}: expected {expected:R}, got {actual:R}");
        }
    }

    // Go's own power function differs from the C runtime's in the last bits.
    private static void AssertNear(double expected, double actual, string name) =>
        Assert.True(Math.Abs(expected - actual) <= 1e-12 * Math.Max(1, Math.Abs(expected)), $"{name}: expected {expected:R}, got {actual:R}");

    private static DateTimeOffset At(JsonElement operation, string member) => DateTimeOffset.FromUnixTimeMilliseconds(operation.Long(member));
}
