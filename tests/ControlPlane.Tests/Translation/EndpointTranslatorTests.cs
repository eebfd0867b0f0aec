using System.Collections.Immutable;
using Envoy.Config.Endpoint.V3;
using Google.Protobuf;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Tests.Translation;

public sealed class EndpointTranslatorTests
{
    private static readonly ObjectKey Revision = new("default", "hello-00001");
    private static readonly BackendPort Http = Backend(new("http", 80, ServicePortRef.Of(8012), null));
    private static readonly ImmutableArray<ServiceEndpoint> Activators = [Endpoint("10.0.1.1", "http", 8012), Endpoint("10.0.1.2", "http", 8012)];

    [Fact]
    public void Revision_InServeMode_HasPodsBeforeActivators()
    {
        var view = View(SksMode.Serve) with { PrivateEndpoints = new(Revision, [Endpoint("10.0.0.2", "http", 8012), Endpoint("10.0.0.1", "http", 8012)]) };

        var assignment = EndpointTranslator.Translate(view);

        Assert.Equal("default/hello-00001/80", assignment.ClusterName);
        Assert.Equal(["0 10.0.0.1:8012", "0 10.0.0.2:8012", "1 10.0.1.1:8012", "1 10.0.1.2:8012"], Lines(assignment));
    }

    [Fact]
    public void Revision_InProxyMode_HasActivatorsOnly()
    {
        var view = View(SksMode.Proxy) with { PrivateEndpoints = new(Revision, [Endpoint("10.0.0.1", "http", 8012)]) };

        Assert.Equal(["0 10.0.1.1:8012", "0 10.0.1.2:8012"], Lines(EndpointTranslator.Translate(view)));
    }

    [Theory]
    [InlineData(SksMode.Serve, new[] { "", "activator" })]
    [InlineData(SksMode.Proxy, new[] { "activator" })]
    public void Revision_Activators_AreToldApartByTheirZoneInEveryMode(SksMode mode, string[] zones)
    {
        var assignment = EndpointTranslator.Translate(View(mode));

        Assert.Equal(zones, assignment.Endpoints.Select(locality => locality.Locality.SubZone));
    }

    [Fact]
    public void Revision_InServeModeWithoutPods_LeavesPriorityZeroEmpty()
    {
        var assignment = EndpointTranslator.Translate(View(SksMode.Serve));

        Assert.Equal([0u, 1u], assignment.Endpoints.Select(locality => locality.Priority));
        Assert.Equal(["1 10.0.1.1:8012", "1 10.0.1.2:8012"], Lines(assignment));
    }

    [Fact]
    public void Revision_InProxyModeWithoutActivators_FallsBackToPods()
    {
        var view = View(SksMode.Proxy) with { Activators = [], PrivateEndpoints = new(Revision, [Endpoint("10.0.0.1", "http", 8012)]) };

        Assert.Equal(["0 10.0.0.1:8012"], Lines(EndpointTranslator.Translate(view)));
    }

    [Fact]
    public void Revision_OfH2C_UsesThePortNamedHttp2()
    {
        var both = new ServiceEndpoint { Address = "10.0.1.1", Ports = ImmutableSortedDictionary<string, int>.Empty.Add("http", 8012).Add("http2", 8013) };
        var view = View(SksMode.Proxy) with { Backend = Backend(new("http2", 81, ServicePortRef.Of(8013), "kubernetes.io/h2c")), Activators = [both] };

        var assignment = EndpointTranslator.Translate(view);

        Assert.Equal("default/hello-00001/81", assignment.ClusterName);
        Assert.Equal(["0 10.0.1.1:8013"], Lines(assignment));
    }

    [Fact]
    public void Service_WithUnreadyAndTerminatingEndpoints_ListsTheReadyOnes()
    {
        ImmutableArray<ServiceEndpoint> endpoints =
        [
            Endpoint("10.0.0.3", "http", 9000),
            Endpoint("10.0.0.1", "http", 9000) with { Ready = false },
            Endpoint("10.0.0.2", "http", 9000) with { Terminating = true },
        ];
        var view = new EndpointView { Backend = Http, Endpoints = new(Revision, endpoints) };

        Assert.Equal(["0 10.0.0.3:9000"], Lines(EndpointTranslator.Translate(view)));
    }

    [Fact]
    public void Service_WithoutEndpoints_GivesAnEmptyPriority()
    {
        var assignment = EndpointTranslator.Translate(new EndpointView { Backend = Http });

        Assert.Equal(0u, Assert.Single(assignment.Endpoints).Priority);
        Assert.Empty(Lines(assignment));
    }

    [Fact]
    public void Endpoints_InAnyOrder_GiveEqualBytes()
    {
        ImmutableArray<ServiceEndpoint> endpoints = [.. Enumerable.Range(1, 20).Select(i => Endpoint($"10.0.0.{i}", "http", 8012))];
        var view = View(SksMode.Serve) with { PrivateEndpoints = new(Revision, endpoints) };
        var reversed = View(SksMode.Serve) with { Activators = [.. Activators.Reverse()], PrivateEndpoints = new(Revision, [.. endpoints.Reverse()]) };

        Assert.Equal(EndpointTranslator.Translate(view).ToByteString(), EndpointTranslator.Translate(reversed).ToByteString());
    }

    private static BackendPort Backend(BackendServicePort port) => new(new BackendService { Key = Revision, Ports = [port, new("https", 443, ServicePortRef.Of(8112), null)] }, port);

    private static EndpointView View(SksMode mode) => new()
    {
        Backend = Http,
        ServerlessService = new ServerlessServiceState { Key = Revision, Mode = mode, PrivateServiceName = "hello-00001-private" },
        Activators = Activators,
    };

    private static ServiceEndpoint Endpoint(string address, string port, int number) =>
        new() { Address = address, Ports = ImmutableSortedDictionary<string, int>.Empty.Add(port, number) };

    private static IEnumerable<string> Lines(ClusterLoadAssignment assignment) => assignment.Endpoints.SelectMany(locality => locality.LbEndpoints.Select(endpoint =>
        $"{locality.Priority} {endpoint.Endpoint.Address.SocketAddress.Address}:{endpoint.Endpoint.Address.SocketAddress.PortValue}"));
}
