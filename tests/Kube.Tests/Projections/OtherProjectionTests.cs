using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Projections;

namespace Knative.Xds.Kube.Tests.Projections;

public sealed class OtherProjectionTests
{
    private static readonly ObjectKey Service = new("default", "rev");

    [Fact]
    public void ServerlessService_Valid_CarriesAllFields()
    {
        var (state, problems) = Sks("""{"spec":{"mode":"Serve","protocolType":"h2c","numActivators":3},"status":{"privateServiceName":"rev-private"}}""");
        Assert.Empty(problems);
        Assert.Equal(new ServerlessServiceState { Key = Service, Mode = SksMode.Serve, Protocol = AppProtocol.H2C, NumActivators = 3, PrivateServiceName = "rev-private" }, state);
    }

    [Fact]
    public void ServerlessService_Invalid_IsProxiedAndEveryFieldIsNamed()
    {
        var (state, problems) = Sks("""{"spec":{"mode":"serve","numActivators":-1}}""");
        Assert.Equal(new ServerlessServiceState { Key = Service }, state);
        Assert.Equal(["spec.mode", "spec.protocolType", "spec.numActivators"], problems.Select(problem => problem.Field));
    }

    [Fact]
    public void BackendService_Ports_TargetDefaultsToTheServicesPort()
    {
        var service = BackendServiceProjection.Project(KubernetesJson.Deserialize<V1Service>("""
            {"metadata":{"name":"rev","namespace":"default"},"spec":{"clusterIP":"10.0.0.1","ports":[
              {"name":"http2","port":80,"targetPort":8013,"appProtocol":"kubernetes.io/h2c"},{"name":"m","port":9090},{"name":"n","port":1,"targetPort":"web"}]}}
            """));
        Assert.Equal([new("http2", 80, ServicePortRef.Of(8013), "kubernetes.io/h2c"), new("m", 9090, ServicePortRef.Of(9090), null), new("n", 1, ServicePortRef.Of("web"), null)], service.Ports);
        Assert.Equal((Service, "10.0.0.1", null), (service.Key, service.ClusterIP, service.ExternalName));
    }

    [Fact]
    public void BackendService_ExternalName_OnlyOfThatType()
    {
        Assert.Equal("x.y", BackendServiceProjection.Project(KubernetesJson.Deserialize<V1Service>("""{"metadata":{"name":"rev"},"spec":{"type":"ExternalName","externalName":"x.y"}}""")).ExternalName);
        Assert.Null(BackendServiceProjection.Project(new V1Service { Metadata = new V1ObjectMeta { Name = "rev" } }).ExternalName);
    }

    [Fact]
    public void Endpoints_SeveralSlices_JoinedSortedAndReadyByDefault()
    {
        var joined = Join(
            Slice("""{"addresses":["10.0.0.2"],"conditions":{"ready":false,"terminating":true}},{"addresses":["10.0.0.1"],"targetRef":{"kind":"Pod","name":"p1"}}"""),
            Slice("""{"addresses":["10.0.0.3"]}"""));
        Assert.Equal([("10.0.0.1", true, false, "p1"), ("10.0.0.2", false, true, null), ("10.0.0.3", true, false, null)],
            joined.Endpoints.Select(endpoint => (endpoint.Address, endpoint.Ready, endpoint.Terminating, endpoint.PodName)));
        Assert.Equal(8012, joined.Endpoints[0].Ports["http"]);
    }

    [Fact]
    public void Endpoints_SameAddressTwice_TheReadyOneCounts()
    {
        var joined = Join(
            Slice("""{"addresses":["10.0.0.1"],"conditions":{"ready":false}}""", """{"name":"old","port":1}"""),
            Slice("""{"addresses":["10.0.0.1"]}"""),
            Slice("""{"addresses":["10.0.0.1"]}""", """{"name":"metrics","port":9090}"""));
        var endpoint = Assert.Single(joined.Endpoints);
        Assert.True(endpoint.Ready);
        Assert.Equal(["http", "metrics"], endpoint.Ports.Keys);
    }

    [Fact]
    public void Endpoints_TwoPodsOnOneNodesNetwork_StayTwo()
    {
        var joined = Join(
            Slice("""{"addresses":["10.0.0.1"],"targetRef":{"kind":"Pod","name":"p2"}}""", """{"name":"http","port":9002}"""),
            Slice("""{"addresses":["10.0.0.1"],"targetRef":{"kind":"Pod","name":"p1"}}""", """{"name":"http","port":9001}"""));
        Assert.Equal([("p1", 9001), ("p2", 9002)], joined.Endpoints.Select(endpoint => (endpoint.PodName!, endpoint.Ports["http"])));
    }

    [Fact]
    public void Endpoints_OnePodWhosePortChanges_StaysOne()
    {
        var joined = Join(
            Slice("""{"addresses":["10.0.0.1"],"targetRef":{"kind":"Pod","name":"p1"}}""", """{"name":"http","port":9001}"""),
            Slice("""{"addresses":["10.0.0.1"],"targetRef":{"kind":"Pod","name":"p1"}}""", """{"name":"http","port":9002}"""));
        Assert.Single(joined.Endpoints);
    }

    [Fact]
    public void Endpoints_DualStack_EachPodOnce()
    {
        var joined = Join(
            Slice("""{"addresses":["fd00:0::1"],"targetRef":{"kind":"Pod","name":"p1"}},{"addresses":["fd00::2"],"targetRef":{"kind":"Pod","name":"p2"}}"""),
            Slice("""{"addresses":["10.0.0.1"],"targetRef":{"kind":"Pod","name":"p1"}}"""));
        Assert.Equal(["10.0.0.1", "fd00::2"], joined.Endpoints.Select(endpoint => endpoint.Address));
    }

    [Fact]
    public void Endpoints_NamesNullsAndEmpties_AreLeftOut() =>
        Assert.Empty(Join(Slice("""{"addresses":["host.example.com"]},{"addresses":[]},{}"""), new V1EndpointSlice()).Endpoints);

    [Fact]
    public void ServiceOf_Label_NamesTheService()
    {
        Assert.Equal(Service, ServiceEndpointsProjection.ServiceOf(Slice("")));
        Assert.Null(ServiceEndpointsProjection.ServiceOf(new V1EndpointSlice { Metadata = new V1ObjectMeta() }));
    }

    private static Projected<ServerlessServiceState> Sks(string json)
    {
        var service = KubernetesJson.Deserialize<ServerlessService>(json);
        (service.Metadata.NamespaceProperty, service.Metadata.Name) = (Service.Namespace, Service.Name);
        return ServerlessServiceProjection.Project(service);
    }

    private static ServiceEndpoints Join(params V1EndpointSlice[] slices) => ServiceEndpointsProjection.Join(Service, slices);

    private static V1EndpointSlice Slice(string endpoints, string port = """{"name":"http","port":8012}""") => KubernetesJson.Deserialize<V1EndpointSlice>($$$"""
        {"metadata":{"name":"s","namespace":"default","labels":{"kubernetes.io/service-name":"rev"}},"addressType":"IPv4","ports":[{{{port}}}],"endpoints":[{{{endpoints}}}]}
        """);
}
