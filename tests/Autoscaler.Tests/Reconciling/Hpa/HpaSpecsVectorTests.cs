using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using Knative.Xds.Autoscaler.Reconciling.Hpa;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;

namespace Knative.Xds.Autoscaler.Tests.Reconciling.Hpa;

[Trait(Vectors.Trait, Vectors.Category)]
public class HpaSpecsVectorTests
{
    private static readonly ScaleTargetRef Target = new() { ApiVersion = "apps/v1", Kind = "Deployment", Name = "rev-deployment" };

    [Fact]
    public void Of_RecordedAnnotations_GivesTheSameSpec()
    {
        foreach (var item in VectorCases.OrSkip("pa-spec.json", "hpa"))
        {
            var id = item.Text("id");
            var (config, _) = AutoscalerConfigParser.Parse(default, Texts(item.GetProperty("config")));
            var scaling = RevisionScalingReader.Read(config!, Texts(item.GetProperty("annotations")), 0, item.Text("reachability"));

            var spec = JsonNode.Parse(KubernetesJson.Serialize(HpaSpecs.Of(Target, scaling)));

            var expected = JsonNode.Parse(item.GetProperty("hpaSpec").GetRawText());
            Assert.True(JsonNode.DeepEquals(expected, spec), $"{id}: expected {expected!.ToJsonString()}, got {spec!.ToJsonString()}");
        }
    }

    private static Dictionary<string, string> Texts(JsonElement map) => map.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!);
}
