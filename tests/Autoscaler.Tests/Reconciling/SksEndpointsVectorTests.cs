using System.Text.Json;
using k8s;
using k8s.Models;
using Knative.Xds.Autoscaler.Reconciling;
using Knative.Xds.Testing;

namespace Knative.Xds.Autoscaler.Tests.Reconciling;

[Trait(Vectors.Trait, Vectors.Category)]
public class SksEndpointsVectorTests
{
    [Fact]
    public void Choose_RecordedSubsets_KeepsTheSameAddresses()
    {
        foreach (var item in VectorCases.OrSkip("subset.json", "endpointSubsets"))
        {
            var subsets = Subsets(item.GetProperty("subsets"));

            var chosen = SksEndpoints.Choose(subsets, item.Text("target")!, (int)item.Long("n"));

            Assert.Equal((item.Text("id"), item.GetProperty("same").GetBoolean()), (item.Text("id"), ReferenceEquals(subsets, chosen)));
            Assert.Equal((item.Text("id"), KubernetesJson.Serialize(Subsets(item.GetProperty("result")))), (item.Text("id"), KubernetesJson.Serialize(chosen)));
        }
    }

    private static List<V1EndpointSubset> Subsets(JsonElement list) =>
        list.ValueKind == JsonValueKind.Array ? KubernetesJson.Deserialize<List<V1EndpointSubset>>(list.GetRawText()) : [];
}
