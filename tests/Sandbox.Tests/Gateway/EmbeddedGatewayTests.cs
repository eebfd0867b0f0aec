using System.Net;
using Envoy.Config.Listener.V3;
using Envoy.Config.Route.V3;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Sandbox.Gateway;
using Knative.Xds.Testing;
using static Knative.Xds.Sandbox.Tests.Gateway.Ingresses;

namespace Knative.Xds.Sandbox.Tests.Gateway;

public sealed class EmbeddedGatewayTests
{
    private const string Host = "hello.example.com";

    [Fact]
    public async Task Start_WithPortZero_ReportsWhereItListens()
    {
        await using var xds = new FakeXds();
        await xds.StartAsync();
        await xds.PublishAsync(ListenerTranslator.Translate(new GatewaySettings { ExternalListen = "127.0.0.1:0", LocalListen = "[::1]:0" }));

        await using var gateway = await EmbeddedGateway.StartAsync(new EmbeddedGatewayOptions { XdsAddress = xds.Address.ToString(), NodeId = "a", NodeCluster = "b" }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(["external", "local"], gateway.Listeners.Keys);
        Assert.All(gateway.Listeners.Values, address => Assert.NotEqual(0, address.Port));
        var node = xds.Requests.First().Node;
        Assert.Equal(("a", "b"), (node.Id, node.Cluster));
        Assert.All(xds.Requests.Skip(1), request => Assert.Null(request.Node));
    }

    [Theory]
    [InlineData("external")]
    [InlineData("local")]
    public async Task Start_PortIsTaken_FailsWithTheListenerAndTheReason(string listener)
    {
        await using var taken = await Backend.StartAsync("other");
        await using var xds = new FakeXds();
        await xds.StartAsync();
        var settings = new GatewaySettings { ExternalListen = "127.0.0.1:0", LocalListen = "127.0.0.1:0" };
        await xds.PublishAsync(ListenerTranslator.Translate(listener == "local" ? settings with { LocalListen = taken.Address.ToString() } : settings with { ExternalListen = taken.Address.ToString() }));

        var failure = await Assert.ThrowsAsync<IOException>(() => EmbeddedGateway.StartAsync(new EmbeddedGatewayOptions { XdsAddress = xds.Address.ToString() }, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal($"listener {listener}: Failed to bind to address http://{taken.Address}: address already in use.", failure.Message);
    }

    [Fact]
    public async Task Response_WithWhatItCannotDo_IsRefusedByNameAndChangesNothing()
    {
        await using var pod = await Backend.StartAsync("pod");
        await using var world = new GatewayWorld();
        world.AddRevision("hello-00001", [pod.Address], []);
        var ingress = Of("hello", Public(Host, To("hello-00001")));
        await world.StartAsync(GatewayUnderTest.Embedded, ingress);
        await world.ServesAsync(Host);

        await world.PublishAsync([new Listener { Name = "odd" }, new ScopedRouteConfiguration { Name = "empty", Key = new ScopedRouteConfiguration.Types.Key() }], ingress);
        await Eventually.TrueAsync(() => world.Xds.Nacks.Count() == 2);

        Assert.Equal(
            ["listener odd: only one HttpConnectionManager with scoped_rds is supported", "scope empty: route_configuration_name is empty"],
            world.Xds.Nacks.Order(StringComparer.Ordinal));
        Assert.Equal(HttpStatusCode.OK, (await world.GetAsync(Host)).Status);
    }

    [Fact]
    public async Task Listener_ThatCannotBind_IsRefusedWithTheReason()
    {
        await using var pod = await Backend.StartAsync("pod");
        await using var world = new GatewayWorld();
        world.AddRevision("hello-00001", [pod.Address], []);
        await world.StartAsync(GatewayUnderTest.Embedded, Of("hello", Public(Host, To("hello-00001"))));
        await world.ServesAsync(Host);

        await world.Xds.PublishAsync(ListenerTranslator.Translate(world.Settings with { LocalListen = pod.Address.ToString() }));
        await Eventually.TrueAsync(() => world.Xds.Nacks.Any());

        Assert.Contains("in use", Assert.Single(world.Xds.Nacks), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Server_ThatRestarts_IsToldWhatTheGatewayHasAndRequestsGoOn()
    {
        await using var pod = await Backend.StartAsync("pod");
        await using var world = new GatewayWorld();
        world.AddRevision("hello-00001", [pod.Address], []);
        await world.StartAsync(GatewayUnderTest.Embedded, Of("hello", Public(Host, To("hello-00001"))));
        await world.ServesAsync(Host);

        await world.Xds.StopAsync();
        var during = (await world.GetAsync(Host)).Status;
        world.Xds.Requests.Clear();
        await world.Xds.StartAsync();
        await Eventually.TrueAsync(() => world.Xds.Requests.Count(request => request.InitialResourceVersions.Count > 0) == ResourceTypes.All.Count(type => type != ResourceType.Secret), TimeSpan.FromSeconds(30));

        Assert.Equal(HttpStatusCode.OK, during);
        var routes = world.Xds.Requests.First(request => request.TypeUrl == ResourceType.RouteConfiguration.TypeUrl());
        Assert.Equal(["default/hello/external", "default/hello/local"], routes.ResourceNamesSubscribe.Order(StringComparer.Ordinal));
        Assert.Equal(["default/hello/external", "default/hello/local"], routes.InitialResourceVersions.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("", routes.ResponseNonce);
    }

    [Fact]
    public async Task Start_WithAMalformedAddress_NamesTheOption()
    {
        var failure = await Assert.ThrowsAsync<FormatException>(() => EmbeddedGateway.StartAsync(new EmbeddedGatewayOptions { XdsAddress = "a b" }, cancellationToken: TestContext.Current.CancellationToken));

        Assert.StartsWith("XdsAddress: ", failure.Message, StringComparison.Ordinal);
    }
}
