using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Knative.Xds.Integration.Xds;

/// <summary>What <c>kxds</c> shows of a real Envoy, which itself was started with what <c>kxds bootstrap</c> prints.</summary>
public sealed partial class CommandTests(CommandWorld world) : IClassFixture<CommandWorld>
{
    private const string LeftOut = "(the gateway left out what is wrong with it: its log says so, as a warning)";

    [Fact]
    public async Task Explain_HeaderDecides_AndEnvoyDoesWhatItSays()
    {
        world.Need();

        var (code, tagged, _) = await world.AskAsync("explain", "GET", $"http://{CommandWorld.Good}/x", "-H", "Tag: blue");
        var (_, plain, _) = await world.AskAsync("explain", "GET", $"http://{CommandWorld.Good}/x");
        var (_, json) = await world.AskJsonAsync("explain", "GET", $"http://{CommandWorld.Good}/x", "-H", "Tag: blue");

        Assert.Equal(0, code);
        Assert.Equal(
            $"""
            GET http://good.example.com/x on the external listener
            ├── Host
            │   └── yes good.example.com is of the ingress default/good
            ├── Routes of good.example.com, in order
            │   └── yes rules[0].paths[0]: prefix /, header Tag: blue
            └── 100 % to default/svc-b/80
                ├── sets Knative-Serving-Revision: svc-b
                └── 127.0.0.1:{world.B.Port} (priority 0, HTTP/1.1)
            100 % to default/svc-b/80

            """,
            Trimmed(tagged));
        Assert.EndsWith("100 % to default/svc-a/80\n", plain, StringComparison.Ordinal);
        Assert.Equal(("default/good", "rules[0].paths[0]", "100 % to default/svc-b/80"), ((string?)json["ingress"], (string?)json["routes"]!["route"], (string?)json["verdict"]));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{CommandWorld.Good}/x") { Headers = { { "Tag", "blue" } } };
        using var answer = await world.Gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("b", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal((200, "a"), await world.Gateway.GetAsync(CommandWorld.Good));
    }

    [Fact]
    public async Task Explain_HeaderThatTheListenerOverwrites_IsNotBelieved()
    {
        world.Need();
        string[] request = ["explain", "GET", $"http://{CommandWorld.Good}/x", "-H", "X-Forwarded-Proto: https"];

        var (_, outside, _) = await world.AskAsync(request);
        var (_, json) = await world.AskJsonAsync(request);
        var (_, inside, _) = await world.AskAsync([.. request, "--local"]);

        Assert.Contains("├── The listener does not take X-Forwarded-Proto: https from a client\n", Trimmed(outside), StringComparison.Ordinal);
        Assert.EndsWith("\n100 % to default/svc-a/80\n", outside, StringComparison.Ordinal);
        Assert.Equal("https", (string?)json["dropped"]!["X-Forwarded-Proto"]);
        Assert.DoesNotContain("does not take", inside, StringComparison.Ordinal);
        Assert.EndsWith("\n100 % to default/svc-b/80\n", inside, StringComparison.Ordinal);
        using var sent = new HttpRequestMessage(HttpMethod.Get, $"http://{CommandWorld.Good}/x") { Headers = { { "X-Forwarded-Proto", "https" } } };
        using var answer = await world.Gateway.Http.SendAsync(sent, TestContext.Current.CancellationToken);
        Assert.Equal("a", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task StatusAndDiff_EnvoyRefusesAnIngress_SayWhichAndWhyUntilItIsMended()
    {
        world.Need();
        var envoy = $"{await world.Gateway.AdminAsync()}";
        await world.HeadersAsync(1001);
        await world.Server.ConditionAsync("many", "LoadBalancerReady", "False", "GatewayRefused");

        var (_, status, _) = await world.AskAsync("status");
        var (_, gateways) = await world.AskJsonAsync("status");
        var (differs, diff, _) = await world.AskAsync("diff");
        var (_, differences) = await world.AskJsonAsync("diff", CommandWorld.Node);
        var (differsItself, dump, _) = await world.AskAsync("diff", "--envoy", envoy);
        var (_, missing) = await world.AskJsonAsync("diff", "--envoy", envoy);

        var lines = Connected().Replace(Trimmed(status), "│ N s       │").Split("\nNACK ");
        Assert.Equal(
            """
                                            Resources that gateways have taken
            ╭───────────┬─────────┬──────────────┬───────────┬────────┬─────┬─────┬─────┬──────┬─────────────╮
            │ Gateway   │ Fleet   │ Program      │ Connected │ Stream │ CDS │ EDS │ LDS │ SRDS │ RDS         │
            ├───────────┼─────────┼──────────────┼───────────┼────────┼─────┼─────┼─────┼──────┼─────────────┤
            │ gateway-1 │ default │ envoy 1.40.0 │ N s       │ delta  │ 2   │ 2   │ 2   │ 4    │ 2, 2 NACKed │
            ╰───────────┴─────────┴──────────────┴───────────┴────────┴─────┴─────┴─────┴──────┴─────────────╯
            """,
            lines[0]);
        foreach (var (line, listener) in new[] { (lines[1], "external"), (lines[2], "local") })
        {
            Assert.StartsWith($"gateway-1: rds default/many/{listener}: ", line, StringComparison.Ordinal);
            Assert.Contains($"name: \"default/many/{listener}\"", line, StringComparison.Ordinal);
            Assert.EndsWith(LeftOut, line.TrimEnd(), StringComparison.Ordinal);
        }

        var gateway = Assert.Single(gateways["gateways"]!.AsArray())!;
        Assert.Equal((CommandWorld.Node, "edge", false, true), ((string?)gateway["node"], (string?)gateway["cluster"], (bool?)gateway["synced"], (bool?)gateway["answers"]));
        Assert.Equal(
            ["cds 2 of 2", "eds 2 of 2", "lds 2 of 2", "srds 4 of 4", "rds 2 of 4"],
            gateway["types"]!.AsArray().Select(type => $"{type!["type"]} {type["synced"]} of {(int)type["synced"]! + (int)type["refused"]! + (int)type["stale"]! + (int)type["notSent"]!}"));

        Assert.Equal((1, 1), (differs, differsItself));
        Assert.Equal(["gateway-1 rds default/many/external refused", "gateway-1 rds default/many/local refused"], Rows(differences));
        Assert.All(differences["differences"]!.AsArray(), row => Assert.EndsWith(LeftOut, (string?)row!["reason"], StringComparison.Ordinal));
        Assert.Equal(["gateway-1 rds default/many/external missing", "gateway-1 rds default/many/local missing"], Rows(missing));
        Assert.Equal(["│ gateway-1 │ rds  │ default/many/external │ refused │", "│ gateway-1 │ rds  │ default/many/local    │ refused │"], RowsOf(diff));
        Assert.Equal(["│ gateway-1 │ rds  │ default/many/external │ missing │", "│ gateway-1 │ rds  │ default/many/local    │ missing │"], RowsOf(dump));

        await world.HeadersAsync(2);
        await world.Server.ConditionAsync("many", "Ready", "True");
        Assert.Equal((0, "Nothing differs.\n", ""), await world.AskAsync("diff"));
        Assert.Equal((0, "Nothing differs.\n", ""), await world.AskAsync("diff", "--envoy", envoy));
    }

    [Fact]
    public async Task Diff_GatewayAndEnvoy_ComparesThatEnvoyOnlyIfItIsTheGateway()
    {
        world.Need();
        var envoy = $"{await world.Gateway.AdminAsync()}";

        Assert.Equal((2, "", $"kxds: the Envoy at {envoy.TrimEnd('/')} is the gateway \"gateway-1\", and not \"gateway-2\"\n"), await world.AskAsync("diff", "gateway-2", "--envoy", envoy));
        Assert.Equal((2, "", "kxds: no gateway \"gateway-2\" is connected to this server; connected are gateway-1\n"), await world.AskAsync("diff", "gateway-2"));
        Assert.Equal((2, "", "kxds: fleet: \"edgy\" is none of default\n"), await world.AskAsync("diff", "--envoy", envoy, "--fleet", "edgy"));
        Assert.Equal((0, "Nothing differs.\n", ""), await world.AskAsync("diff", CommandWorld.Node, "--envoy", envoy));
    }

    private static IEnumerable<string> Rows(JsonNode answer) => answer["differences"]!.AsArray().Select(row => $"{row!["gateway"]} {row["type"]} {row["name"]} {row["state"]}");

    /// <summary>The first columns of a table's rows.</summary>
    private static IEnumerable<string> RowsOf(string table) =>
        Trimmed(table).Split('\n').Where(line => line.StartsWith("│ gateway-1 ", StringComparison.Ordinal)).Select(line => string.Join('│', line.Split('│')[..5]) + "│");

    private static string Trimmed(string text) => string.Join('\n', text.Split('\n').Select(line => line.TrimEnd()));

    [GeneratedRegex("│ [0-9]+ (s|min) +│")]
    private static partial Regex Connected();
}
