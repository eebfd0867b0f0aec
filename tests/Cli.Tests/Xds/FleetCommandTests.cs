using System.Text.Json.Nodes;
using Knative.Xds.Cli.Admin;
using Knative.Xds.Cli.Xds;
using Knative.Xds.Testing.Gateways;
using Knative.Xds.XdsServer.Fleets;
using Spectre.Console;

namespace Knative.Xds.Cli.Tests.Xds;

/// <summary>The commands on a server with several fleets: <c>edge</c> has the host a.example.com, <c>inner</c> has b.example.com.</summary>
public sealed class FleetCommandTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tables_OfAFleet_AreOfItsHostsAlone()
    {
        await using var server = await StartAsync();

        var routes = await server.AskAsync((options, console) => XdsRun.RoutesAsync(options, null, console, Cancel), "edge");
        var clusters = await server.AskAsync((options, console) => XdsRun.ClustersAsync(options, null, console, Cancel), "inner");
        var endpoints = await server.AskAsync((options, console) => XdsRun.EndpointsAsync(options, "b.example.com", console, Cancel), "inner");

        Assert.Equal(
            (0,
            """
            ╭──────────┬───────────────┬───────────┬───────────────────┬──────────┬─────────────────────────╮
            │ Listener │ Host          │ Ingress   │ Route             │ Match    │ Target                  │
            ├──────────┼───────────────┼───────────┼───────────────────┼──────────┼─────────────────────────┤
            │ external │ a.example.com │ default/a │ rules[0].paths[0] │ prefix / │ 100 % to default/svc/80 │
            │ local    │ a.example.com │ default/a │ rules[0].paths[0] │ prefix / │ 100 % to default/svc/80 │
            ╰──────────┴───────────────┴───────────┴───────────────────┴──────────┴─────────────────────────╯

            """),
            routes);
        Assert.Equal(
            (0,
            """
            ╭────────────────┬──────┬──────────┬─────────────────╮
            │ Cluster        │ Kind │ Protocol │ Endpoints       │
            ├────────────────┼──────┼──────────┼─────────────────┤
            │ default/svc/80 │ EDS  │ HTTP/1.1 │ 2 of priority 0 │
            ╰────────────────┴──────┴──────────┴─────────────────╯

            """),
            clusters);
        Assert.Equal(
            (0,
            """
            ╭────────────────┬──────────┬───────────────┬──────╮
            │ Cluster        │ Priority │ Address       │ Zone │
            ├────────────────┼──────────┼───────────────┼──────┤
            │ default/svc/80 │ 0        │ 10.0.0.1:8012 │      │
            │ default/svc/80 │ 0        │ 10.0.0.2:8012 │      │
            ╰────────────────┴──────────┴───────────────┴──────╯

            """),
            endpoints);
    }

    [Fact]
    public async Task Commands_WithoutAFleet_TakeTheOneThatHasTheHost_OrAskForOne()
    {
        await using var server = await StartAsync();

        var all = await RefusalAsync(server, (options, console) => XdsRun.RoutesAsync(options, null, console, Cancel), null);
        var (_, explained) = await server.AskJsonAsync((options, console) => XdsRun.ExplainAsync(options, RequestReader.Read("GET", "http://b.example.com/", [], local: false), console, Cancel));
        var elsewhere = await RefusalAsync(server, (options, console) => XdsRun.RoutesAsync(options, "b.example.com", console, Cancel), "edge");

        Assert.Equal("there are the fleets edge, inner: choose one with --fleet", all);
        Assert.Equal(("default/b", "100 % to default/svc/80"), ((string?)explained["ingress"], (string?)explained["verdict"]));
        Assert.Equal("no ingress has the host b.example.com", elsewhere);
    }

    [Fact]
    public async Task Commands_MistypedFleet_SayWhichThereAre()
    {
        await using var server = await StartAsync();
        var request = RequestReader.Read("GET", "http://a.example.com/", [], local: false);
        (string Name, Func<XdsOptions, IAnsiConsole, Task<int>> Run)[] commands =
        [
            ("status", (options, console) => XdsRun.StatusAsync(options, console, Cancel)),
            ("routes", (options, console) => XdsRun.RoutesAsync(options, null, console, Cancel)),
            ("clusters", (options, console) => XdsRun.ClustersAsync(options, null, console, Cancel)),
            ("endpoints", (options, console) => XdsRun.EndpointsAsync(options, null, console, Cancel)),
            ("explain", (options, console) => XdsRun.ExplainAsync(options, request, console, Cancel)),
            ("diff", (options, console) => XdsRun.DiffAsync(options, null, null, console, Cancel)),
            ("diff of one", (options, console) => XdsRun.DiffAsync(options, "gateway-1", null, console, Cancel)),
        ];

        foreach (var (name, run) in commands)
        {
            Assert.Equal((name, "fleet: \"edgy\" is none of edge, inner"), (name, await RefusalAsync(server, run, "edgy")));
        }
    }

    [Fact]
    public async Task StatusAndDiff_OfAFleet_AreOfItsGatewaysAlone()
    {
        await using var server = await StartAsync();
        await using var gateway = await TestGateway.ConnectAsync(server.XdsPort, "edge");
        await Testing.Eventually.TrueAsync(async () => await GatewaysAsync("edge") is [var found] && (bool?)found!["synced"] == true, RoutingServer.Limit);

        Assert.Equal(["test-gateway edge"], (await GatewaysAsync(null)).Select(found => $"{found!["node"]} {found["fleet"]}"));
        Assert.Empty(await GatewaysAsync("inner"));
        Assert.Equal((0, "No gateway of the fleet inner is connected to this server.\n"), await server.AskAsync((options, console) => XdsRun.StatusAsync(options, console, Cancel), "inner"));
        Assert.Equal((0, "Nothing differs.\n"), await server.AskAsync(Diff(null), "edge"));
        Assert.Equal("no gateway of the fleet inner is connected to this server", await RefusalAsync(server, Diff(null), "inner"));
        Assert.Equal("no gateway of the fleet inner is connected to this server", await RefusalAsync(server, Diff("test-gateway"), "inner"));

        async Task<JsonArray> GatewaysAsync(string? fleet) => (await server.AskJsonAsync((options, console) => XdsRun.StatusAsync(options, console, Cancel), fleet)).Answer["gateways"]!.AsArray();
    }

    private static Func<XdsOptions, IAnsiConsole, Task<int>> Diff(string? gateway) => (options, console) => XdsRun.DiffAsync(options, gateway, null, console, Cancel);

    private static async Task<string> RefusalAsync(RoutingServer server, Func<XdsOptions, IAnsiConsole, Task<int>> run, string? fleet) =>
        (await Assert.ThrowsAsync<CliException>(() => server.AskAsync(run, fleet))).Message;

    private static async Task<RoutingServer> StartAsync()
    {
        var server = await RoutingServer.StartAsync(options =>
        {
            options.Fleets.Add(new FleetOptions { Name = "edge", IngressClasses = ["edge"] });
            options.Fleets.Add(new FleetOptions { Name = "inner", IngressClasses = ["inner"] });
        });
        await server.IngressAsync("a", "a.example.com", "edge");
        await server.IngressAsync("b", "b.example.com", "inner");
        return server;
    }
}
