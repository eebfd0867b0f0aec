using System.Collections.Immutable;
using System.Text.Json;
using k8s.Models;
using Knative.Xds.Activation.Revisions;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Projections;
using Knative.Xds.Testing;

namespace Knative.Xds.Activator.Tests.Revisions;

[Trait(Vectors.Trait, Vectors.Category)]
public sealed class EndpointDestsVectorTests
{
    [Fact]
    public void Of_RecordedEndpoints_FindsTheSameDests()
    {
        foreach (var item in VectorCases.OrSkip("activator-throttling.json", "endpoints"))
        {
            var (id, port) = (item.Text("id"), item.Text("portName")!);
            ImmutableArray<ServiceEndpoint> endpoints = [.. item.GetProperty("subsets").EnumerateArray().SelectMany(Endpoints)];

            var addresses = EndpointDests.ReadyAddresses(endpoints, port);

            Assert.Equal((id, Texts(item, "healthyIps")), (id, Sorted(addresses)));
            Assert.Equal((id, Texts(item, "readyDests")), (id, Sorted(EndpointDests.Of(endpoints, port, ready: true))));
            Assert.Equal((id, Texts(item, "notReadyDests")), (id, Sorted(EndpointDests.Of(endpoints, port, ready: false))));
        }
    }

    // A subset of Endpoints in the form in which Kubernetes gives it us: slices, here one for each readiness.
    private static IEnumerable<ServiceEndpoint> Endpoints(JsonElement subset) =>
        Slice(subset, "addresses", ready: true).Concat(Slice(subset, "notReadyAddresses", ready: false));

    private static ImmutableArray<ServiceEndpoint> Slice(JsonElement subset, string member, bool ready) => ServiceEndpointsProjection.Join(
        new ObjectKey("ns", "rev-private"),
        [
            new V1EndpointSlice
            {
                Metadata = new V1ObjectMeta(),
                Ports = [.. List(subset, "ports").Select(port => new Discoveryv1EndpointPort { Name = Text(port, "name"), Port = (int)port.Long("port") })],
                Endpoints = [.. List(subset, member).Select(address => new V1Endpoint { Addresses = [address.Text("ip")!], Conditions = new V1EndpointConditions { Ready = ready } })],
            },
        ]).Endpoints;

    private static JsonElement.ArrayEnumerator List(JsonElement subset, string member) =>
        subset.TryGetProperty(member, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default;

    private static string? Text(JsonElement element, string member) => element.TryGetProperty(member, out var text) ? text.GetString() : null;

    private static string Texts(JsonElement item, string member) => string.Join(',', List(item, member).Select(text => text.GetString()));

    private static string Sorted(IEnumerable<string> texts) => string.Join(',', texts.Distinct().Order(StringComparer.Ordinal));
}
