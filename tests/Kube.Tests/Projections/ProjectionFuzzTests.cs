using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using k8s.Models;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Projections;

namespace Knative.Xds.Kube.Tests.Projections;

/// <summary>Objects with any JSON value at any place: each is either read or named as unreadable, and no projection throws.</summary>
public sealed class ProjectionFuzzTests
{
    private const string Metadata = "\"metadata\":" + """{"name":"a","namespace":"ns","generation":1,"creationTimestamp":"2026-01-01T00:00:00Z","labels":{"kubernetes.io/service-name":"a"},"annotations":{"a":"b"}}""";
    private const string Split = """{"serviceNamespace":"ns","serviceName":"a","servicePort":80,"percent":100,"appendHeaders":{"a":"b"}}""";
    private const string IngressJson = "{" + Metadata + ""","spec":{"httpOption":"Enabled","tls":[{"hosts":["h"],"secretName":"s","secretNamespace":"ns"}],"rules":[{"hosts":["h"],"visibility":"ExternalIP","http":{"paths":[{"path":"/","rewriteHost":"r","headers":{"a":{"exact":"b"}},"appendHeaders":{"a":"b"},"splits":[""" + Split + "]}]}}]}}";
    private const string SksJson = "{" + Metadata + ""","spec":{"mode":"Serve","protocolType":"http1","numActivators":1,"objectRef":{"name":"a"}},"status":{"privateServiceName":"a"}}""";
    private const string ServiceJson = "{" + Metadata + ""","spec":{"type":"ClusterIP","clusterIP":"10.0.0.1","externalName":"e","ports":[{"name":"http","port":80,"targetPort":8012,"appProtocol":"x"}]}}""";
    private const string SliceJson = "{" + Metadata + ""","addressType":"IPv4","ports":[{"name":"http","port":80}],"endpoints":[{"addresses":["10.0.0.1"],"conditions":{"ready":true,"terminating":false},"targetRef":{"kind":"Pod","name":"p"}}]}""";

    private static readonly string[] OddValues = ["null", "true", "0", "-1", "1e99", "99999999999999999999", "\"\"", "\"text\"", "\"\\u0000\"", "[]", "[null]", "{}", "{\"a\":null}", "[[1]]"];
    private static readonly Gen<string> Odd = Gen.Int[0, OddValues.Length - 1].Select(index => OddValues[index]);

    [Fact]
    public void KIngress_AnyValueAnywhere_NeverThrows() => Check<KIngress>(IngressJson, value => IngressProjection.Project(value));

    [Fact]
    public void ServerlessService_AnyValueAnywhere_NeverThrows() => Check<ServerlessService>(SksJson, value => ServerlessServiceProjection.Project(value));

    [Fact]
    public void Service_AnyValueAnywhere_NeverThrows() => Check<V1Service>(ServiceJson, value => BackendServiceProjection.Project(value));

    [Fact]
    public void EndpointSlice_AnyValueAnywhere_NeverThrows() => Check<V1EndpointSlice>(SliceJson, value =>
    {
        ServiceEndpointsProjection.ServiceOf(value);
        ServiceEndpointsProjection.Join(default, [value]);
    });

    private static void Check<T>(string template, Action<T> project) where T : class, k8s.IKubernetesObject<V1ObjectMeta> =>
        Gen.Select(Gen.Int[0, 1000], Odd, Gen.Int[0, 1000], Odd).Sample((firstAt, first, secondAt, second) =>
        {
            var item = Put(Put(template, firstAt, first), secondAt, second);
            var page = KubeLists.ReadPage<T>(Encoding.UTF8.GetBytes($$"""{"metadata":{},"items":[{{item}}]}"""));
            Assert.Equal(1, page.Items.Count + page.Undecodable.Count);
            foreach (var value in page.Items)
            {
                project(value);
            }
        }, iter: 3000);

    private static string Put(string json, int at, string odd)
    {
        var root = JsonNode.Parse(json)!;
        var places = Places(root).ToList();
        if (places.Count > 0)
        {
            places[at % places.Count](JsonNode.Parse(odd));
        }

        return root.ToJsonString();
    }

    private static IEnumerable<Action<JsonNode?>> Places(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject value:
                foreach (var name in value.Select(pair => pair.Key).ToList())
                {
                    yield return odd => value[name] = odd;
                    foreach (var place in Places(value[name]))
                    {
                        yield return place;
                    }
                }

                break;
            case JsonArray values:
                for (var i = 0; i < values.Count; i++)
                {
                    var index = i;
                    yield return odd => values[index] = odd;
                    foreach (var place in Places(values[index]))
                    {
                        yield return place;
                    }
                }

                break;
        }
    }
}
