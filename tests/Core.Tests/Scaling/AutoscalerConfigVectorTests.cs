using System.Globalization;
using System.Text.Json;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Scaling;

[Trait(Vectors.Trait, Vectors.Category)]
public class AutoscalerConfigVectorTests
{
    [Fact]
    public void Parse_RecordedConfigMaps_GivesTheSameSettings()
    {
        foreach (var item in VectorCases.OrSkip("config.json", "autoscaler"))
        {
            var (config, problem) = AutoscalerConfigParser.Parse(new ObjectKey("knative-serving", "config-autoscaler"), Texts(item.GetProperty("data")));

            Assert.Equal((item.Text("id"), item.GetProperty("ok").GetBoolean()), (item.Text("id"), problem is null));
            if (config is not null)
            {
                AssertSame(item.Text("id")!, item.GetProperty("parsed"), config);
            }
        }
    }

    [Fact]
    public void Read_RecordedAnnotations_GivesTheSameSettings()
    {
        foreach (var item in VectorCases.OrSkip("pa-spec.json", "cases"))
        {
            var id = item.Text("id")!;
            var (config, _) = AutoscalerConfigParser.Parse(default, Texts(item.GetProperty("config")));
            var annotations = Texts(item.GetProperty("annotations"));

            var scaling = RevisionScalingReader.Read(config!, annotations, item.Long("containerConcurrency"), item.Text("reachability"));

            var metricSpec = item.GetProperty("metricSpec");
            Assert.Equal((id, metricSpec.Long("panicWindowNs")), (id, scaling.PanicWindow.Nanoseconds));
            Assert.Equal((id, metricSpec.Long("stableWindowNs")), (id, scaling.Decider.StableWindow.Nanoseconds));
            Assert.Equal((id, ScalingAnnotations.Algorithm(metricSpec.Text("aggregationAlgorithm"))), (id, scaling.Algorithm));
            if (item.GetProperty("decider").ValueKind == JsonValueKind.Object)
            {
                AssertSame(id, item, scaling);
            }
        }
    }

    [Fact]
    public void IsScraped_RecordedBurstCapacities_IsTheSame()
    {
        foreach (var item in VectorCases.OrSkip("kpa-reconcile.json", "scrapeTarget"))
        {
            var (config, _) = AutoscalerConfigParser.Parse(default, Texts(item.GetProperty("config")));

            var scaling = RevisionScalingReader.Read(config!, Texts(item.GetProperty("annotations")), 0, "");

            Assert.Equal((item.Text("id"), item.Text("scrapeTarget")), (item.Text("id"), scaling.IsScraped ? item.Text("metricsServiceName") : ""));
        }
    }

    internal static Dictionary<string, string> Texts(JsonElement map) =>
        map.ValueKind == JsonValueKind.Object ? map.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!) : [];

    private static void AssertSame(string id, JsonElement expected, AutoscalerConfig config)
    {
        (string Name, object Actual)[] members =
        [
            ("activatorCapacity", config.ActivatorCapacity),
            ("allowZeroInitialScale", config.AllowZeroInitialScale),
            ("containerConcurrencyTargetDefault", config.ContainerConcurrencyTargetDefault),
            ("containerConcurrencyTargetFraction", config.ContainerConcurrencyTargetFraction),
            ("enableScaleToZero", config.EnableScaleToZero),
            ("initialScale", config.InitialScale),
            ("maxScale", config.MaxScale),
            ("maxScaleDownRate", config.MaxScaleDownRate),
            ("maxScaleLimit", config.MaxScaleLimit),
            ("maxScaleUpRate", config.MaxScaleUpRate),
            ("minScale", config.MinScale),
            ("panicThresholdPercentage", config.PanicThresholdPercentage),
            ("panicWindowPercentage", config.PanicWindowPercentage),
            ("podAutoscalerClass", config.PodAutoscalerClass),
            ("rpsTargetDefault", config.RpsTargetDefault),
            ("scaleDownDelayNs", config.ScaleDownDelay),
            ("scaleToZeroGracePeriodNs", config.ScaleToZeroGracePeriod),
            ("scaleToZeroPodRetentionPeriodNs", config.ScaleToZeroPodRetentionPeriod),
            ("stableWindowNs", config.StableWindow),
            ("targetBurstCapacity", config.TargetBurstCapacity),
        ];
        AssertSame(id, expected, members);
    }

    private static void AssertSame(string id, JsonElement item, RevisionScaling scaling)
    {
        var spec = scaling.Decider;
        Assert.Equal(
            (id, item.Text("class"), item.Text("metric"), item.GetProperty("scaleBounds").Long("min"), item.GetProperty("scaleBounds").Long("max"), item.Long("initialScale")),
            (id, scaling.Class, scaling.Metric, scaling.MinScale, scaling.MaxScale, spec.InitialScale));
        AssertNanoseconds(id, item.GetProperty("retentionAnnotationNs"), scaling.PodRetention);
        AssertNanoseconds(id, item.GetProperty("progressDeadlineAnnotationNs"), scaling.ProgressDeadline);
        Assert.Equal((id, scaling.Metric == "rps"), (id, spec.ScalingMetric == ScalingMetric.Rps));
        AssertSame(
            id,
            item.GetProperty("decider"),
            ("activationScale", spec.ActivationScale),
            ("activatorCapacity", spec.ActivatorCapacity),
            ("initialScale", spec.InitialScale),
            ("maxScaleDownRate", spec.MaxScaleDownRate),
            ("maxScaleUpRate", spec.MaxScaleUpRate),
            ("panicThreshold", spec.PanicThreshold),
            ("reachable", spec.Reachable),
            ("scalingMetric", scaling.Metric),
            ("scaleDownDelayNs", spec.ScaleDownDelay),
            ("stableWindowNs", spec.StableWindow),
            ("targetBurstCapacity", spec.TargetBurstCapacity),
            ("targetValue", spec.TargetValue),
            ("totalValue", spec.TotalValue));
    }

    private static void AssertSame(string id, JsonElement expected, params (string Name, object Actual)[] members)
    {
        foreach (var (name, actual) in members)
        {
            var value = expected.GetProperty(name);
            var same = actual switch
            {
                double number => value.Double().Equals(number) || value.Double() == number,
                GoDuration duration => value.GetInt64() == duration.Nanoseconds,
                bool flag => value.GetBoolean() == flag,
                int number => value.GetInt32() == number,
                _ => value.GetString() == (string)actual,
            };
            Assert.True(same, string.Create(CultureInfo.InvariantCulture, $"{id}: {name} should be {value}, is {actual}"));
        }
    }

    private static void AssertNanoseconds(string id, JsonElement expected, GoDuration? actual) =>
        Assert.Equal((id, expected.ValueKind == JsonValueKind.Null ? null : expected.GetInt64()), (id, actual?.Nanoseconds));
}
