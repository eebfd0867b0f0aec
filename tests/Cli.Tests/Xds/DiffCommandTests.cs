using Envoy.Service.Discovery.V3;
using Grpc.Net.Client;
using Knative.Xds.Cli.Admin;
using Knative.Xds.Cli.Xds;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;
using Knative.Xds.XdsServer.Introspection;
using Spectre.Console;

namespace Knative.Xds.Cli.Tests.Xds;

/// <summary><c>kxds diff</c> by what gateways told the server: it says that nothing differs only where it knows.</summary>
public sealed class DiffCommandTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Diff_NoGatewayIsConnected_SaysSo()
    {
        await using var server = await RoutingServer.StartAsync();

        Assert.Equal("no gateway is connected to this server", (await Assert.ThrowsAsync<CliException>(() => server.AskAsync(Diff(null)))).Message);
        Assert.Equal("no gateway is connected to this server", (await Assert.ThrowsAsync<CliException>(() => server.AskAsync(Diff("gateway-1")))).Message);
    }

    [Fact]
    public async Task Diff_MistypedGateway_SaysWhichAreConnected()
    {
        await using var server = await RoutingServer.StartAsync();
        await server.IngressAsync("a", "a.example.com");
        await using var gateway = await TestGateway.ConnectAsync(server.XdsPort);
        await Eventually.TrueAsync(() => gateway.Holds(ResourceType.RouteConfiguration, "default/a/local"), RoutingServer.Limit);

        var error = await Assert.ThrowsAsync<CliException>(() => server.AskAsync(Diff("tset-gateway")));

        Assert.Equal("no gateway \"tset-gateway\" is connected to this server; connected are test-gateway", error.Message);
        await Eventually.TrueAsync(async () => await server.AskAsync(Diff("test-gateway")) == (0, "Nothing differs.\n"), RoutingServer.Limit);
    }

    [Fact]
    public async Task Diff_NameThatDoesNotExistAndIsAskedFor_IsNoDifference()
    {
        await using var server = await RoutingServer.StartAsync();
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{server.XdsPort}");
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(cancellationToken: Cancel);
        await call.RequestStream.WriteAsync(
            new DeltaDiscoveryRequest { Node = new() { Id = "curious" }, TypeUrl = ResourceType.RouteConfiguration.TypeUrl(), ResourceNamesSubscribe = { "default/nobody/external" } },
            Cancel);
        await Eventually.TrueAsync(
            async () => (await server.AskJsonAsync((options, console) => XdsRun.StatusAsync(options, console, Cancel))).Answer["gateways"]!.AsArray() is [var gateway]
                && gateway!["types"]!.AsArray() is [var routes] && (int?)routes!["missing"] == 1,
            RoutingServer.Limit);

        Assert.Equal((0, "Nothing differs.\n"), await server.AskAsync(Diff("curious")));
    }

    [Fact]
    public void Diff_GatewaysThatDoNotRead_ThatAskForNothing_AndThatRefuse_EachHasItsRow()
    {
        var page = new GatewaysPage(
        [
            Gateway("deaf", answers: false),
            Gateway("new", answers: true),
            Gateway(
                "bad", true, new TypePage.Entry("ns/a/local", HeldState.Refused, "1", "2", "no such thing"), new TypePage.Entry("ns/b/local", HeldState.NotSent, "3", null, null), new TypePage.Entry("ns/c/local", HeldState.Missing, null, null, null)),
        ]);

        Assert.Equal(
        [
            new DiffRow("deaf", null, null, "does not read", null, null, "what it has is not known"),
            new DiffRow("new", null, null, "asks for nothing", null, null, null),
            new DiffRow("bad", "rds", "ns/a/local", "refused", "1", "2", "no such thing"),
            new DiffRow("bad", "rds", "ns/b/local", "notsent", "3", null, null),
        ], DiffRow.Of(page));
    }

    private static Func<XdsOptions, IAnsiConsole, Task<int>> Diff(string? gateway) => (options, console) => XdsRun.DiffAsync(options, gateway, null, console, Cancel);

    private static GatewayPage Gateway(string node, bool answers, params TypePage.Entry[] resources) => new(
        node, "kxds", "edge", "envoy 1.40.0", "127.0.0.1", [], 1, "delta", DateTimeOffset.UnixEpoch, answers, false,
        resources.Length == 0 ? [] : [new TypePage("rds", false, resources.Length, 0, 0, 0, 0, 0, new(1, 1, 0), null, null, null, null, resources)]);
}
