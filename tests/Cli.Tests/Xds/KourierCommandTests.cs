using Knative.Xds.Cli.Xds;
using Knative.Xds.Core.Wire;
using Knative.Xds.XdsServer;

namespace Knative.Xds.Cli.Tests.Xds;

/// <summary>The commands on a server of net-kourier's gateways, which have routes that are no ingress's.</summary>
public sealed class KourierCommandTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Routes_OfAllHosts_AreTheIngressesAndTheGatewaysOwn()
    {
        await using var server = await StartAsync();

        var (code, table) = await server.AskAsync((options, console) => XdsRun.RoutesAsync(options, null, console, Cancel));

        Assert.Equal(0, code);
        Assert.Equal(
            """
            ╭──────────┬─────────────────┬──────────────────────┬───────────────────┬───────────────┬─────────────────────────────╮
            │ Listener │ Host            │ Ingress              │ Route             │ Match         │ Target                      │
            ├──────────┼─────────────────┼──────────────────────┼───────────────────┼───────────────┼─────────────────────────────┤
            │ external │ a.example.com   │ default/a            │ rules[0].paths[0] │ prefix /      │ 100 % to default/svc/80     │
            │ local    │ a.example.com   │ default/a            │ rules[0].paths[0] │ prefix /      │ 100 % to default/svc/80     │
            │ local    │ internalkourier │ (the gateway itself) │ ready             │ prefix /ready │ 200 from the gateway itself │
            ╰──────────┴─────────────────┴──────────────────────┴───────────────────┴───────────────┴─────────────────────────────╯

            """,
            table);
    }

    [Fact]
    public async Task RoutesAndClusters_OfTheGatewaysOwnHost_AreItsRoutesAndNoCluster()
    {
        await using var server = await StartAsync();

        var (_, routes) = await server.AskJsonAsync((options, console) => XdsRun.RoutesAsync(options, "internalkourier", console, Cancel));
        var (code, clusters) = await server.AskJsonAsync((options, console) => XdsRun.ClustersAsync(options, "internalkourier", console, Cancel));

        var route = Assert.Single(routes["routes"]!.AsArray())!;
        Assert.Equal(("local", "internalkourier", "200 from the gateway itself"), ((string?)route["listener"], (string?)route["host"], (string?)route["target"]));
        Assert.Null(route["ingress"]);
        Assert.Equal(0, code);
        Assert.Empty(clusters["clusters"]!.AsArray());
    }

    [Fact]
    public async Task Explain_TheReadinessProbe_IsAnsweredByTheGatewayItself()
    {
        await using var server = await StartAsync();
        var request = RequestReader.Read("GET", "http://internalkourier/ready", [], local: true);

        var (code, tree) = await server.AskAsync((options, console) => XdsRun.ExplainAsync(options, request, console, Cancel));

        Assert.Equal(0, code);
        Assert.Equal(
            """
            GET http://internalkourier/ready on the local listener
            ├── Host
            │   └── yes internalkourier is the gateway's own
            └── Routes of internalkourier, in order
                └── yes ready: prefix /ready
            200 from the gateway itself

            """,
            tree);
    }

    private static async Task<RoutingServer> StartAsync()
    {
        var server = await RoutingServer.StartAsync(options => options.Gateways = GatewayProfile.Kourier);
        await server.IngressAsync("a", "a.example.com", Labels.KourierIngressClass);
        return server;
    }
}
