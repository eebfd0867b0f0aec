using System.Text.Json;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Autoscaler.Reconciling;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;

namespace Knative.Xds.Autoscaler.Tests.Reconciling;

[Trait(Vectors.Trait, Vectors.Category)]
public class MetricSpecVectorTests
{
    [Fact]
    public void MetricSpec_RecordedAnnotations_GivesTheSameSpec()
    {
        foreach (var item in VectorCases.OrSkip("pa-spec.json", "cases"))
        {
            var id = item.Text("id");
            var (config, _) = AutoscalerConfigParser.Parse(default, Texts(item.GetProperty("config")));
            var annotations = Texts(item.GetProperty("annotations"));
            var scaling = RevisionScalingReader.Read(config!, annotations, item.Long("containerConcurrency"), item.Text("reachability"));
            var pa = new PodAutoscaler();
            pa.Metadata.Annotations = annotations;

            var metric = ChildObjects.Metric(pa, ChildObjects.MetricSpec(scaling, item.Text("scrapeTarget")!));

            var expected = item.GetProperty("metricSpec");
            Assert.Equal(
                (id, expected.Long("stableWindowNs"), expected.Long("panicWindowNs"), expected.Text("scrapeTarget")),
                (id, metric.Spec.StableWindow, metric.Spec.PanicWindow, metric.Spec.ScrapeTarget));
            Assert.Equal((id, ScalingAnnotations.Algorithm(expected.Text("aggregationAlgorithm"))), (id, CollectionSpec.Read(metric).Algorithm));
        }
    }

    [Fact]
    public void ScrapeTarget_RecordedBurstCapacities_IsTheSame()
    {
        foreach (var item in VectorCases.OrSkip("kpa-reconcile.json", "scrapeTarget"))
        {
            var (config, _) = AutoscalerConfigParser.Parse(default, Texts(item.GetProperty("config")));
            var scaling = RevisionScalingReader.Read(config!, Texts(item.GetProperty("annotations")), 0, "");

            Assert.Equal((item.Text("id"), item.Text("scrapeTarget")), (item.Text("id"), ChildObjects.ScrapeTarget(scaling, item.Text("metricsServiceName")!)));
        }
    }

    private static Dictionary<string, string> Texts(JsonElement map) =>
        map.ValueKind == JsonValueKind.Object ? map.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!) : [];
}
