using Knative.Xds.Cli.Xds;
using Knative.Xds.ControlPlane.Explaining;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.XdsServer.Introspection;

namespace Knative.Xds.Cli.Tests.Xds;

public sealed class ViewTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(56);

    [Fact]
    public void Status_NoGateway_SaysSo() =>
        Assert.Equal("No gateway is connected to this server.\n", PlainText.Of(console => StatusView.Write(console, new GatewaysPage([]), null, Now)));

    [Fact]
    public void Status_SyncedStaleRefusedNotAskedAndSilent_EachHasItsCell()
    {
        var page = new GatewaysPage(
        [
            Gateway("a", Now.AddSeconds(-7), true, Type("cds", synced: 3), Type("rds", synced: 4, stale: 1, notSent: 2, refused: 1, refusals: new TypePage.Entry("ns/bad/external", HeldState.Refused, "1", "2", "[domains]: only unique values"))),
            Gateway("b", Now.AddMinutes(-5), true, Type("cds", synced: 3)),
            Gateway("c", Now.AddHours(-50), false),
        ]);

        Assert.Equal(
            """
                                          Resources that gateways have taken
            ╭─────────┬───────┬──────────────┬───────────┬────────┬───────────────┬──────────────────────╮
            │ Gateway │ Fleet │ Program      │ Connected │ Stream │ CDS           │ RDS                  │
            ├─────────┼───────┼──────────────┼───────────┼────────┼───────────────┼──────────────────────┤
            │ a       │ edge  │ envoy 1.40.0 │ 7 s       │ delta  │ 3             │ 4, 3 stale, 1 NACKed │
            │ b       │ edge  │ envoy 1.40.0 │ 5 min     │ delta  │ 3             │ not asked            │
            │ c       │ edge  │ envoy 1.40.0 │ 2 d       │ delta  │ does not read │ does not read        │
            ╰─────────┴───────┴──────────────┴───────────┴────────┴───────────────┴──────────────────────╯
            NACK a: rds ns/bad/external: [domains]: only unique values

            """,
            PlainText.Of(console => StatusView.Write(console, page, null, Now)));
    }

    [Fact]
    public void Explain_RouteWithHeadersRewriteAndEmptyBackend_IsATree()
    {
        var routes = new RouteExplanation
        {
            VirtualHost = "ns/a",
            Considered = [new("rules[0].paths[0]", "prefix /, header Tag: blue", false, "header Tag is missing"), new("rules[0].paths[1]", "prefix /", true, "")],
            Route = "rules[0].paths[1]",
            RewriteHost = "inner.example.com",
            Headers = GatewayRequest.NoHeaders.Add("X-All", "[1]"),
            Splits = [new("ns/one/80", 0.995, GatewayRequest.NoHeaders.Add("X-One", "1")), new("ns/two/80", 0.005, GatewayRequest.NoHeaders), new("~nobody", 0, GatewayRequest.NoHeaders) { Missing = "ns/gone:80" }],
            Verdict = "99.5 % to ns/one/80, 0.5 % to ns/two/80",
        };
        var report = new ExplainReport(
            new GatewayRequest { Host = "x.example.com" }, ["external|x.example.com", "external|*.example.com"], "ns/a/external", "ns/a", routes,
            [new BackendRow("ns/one/80", "EDS", "HTTP/2", true, [new(0, "10.0.0.1:8012", ""), new(1, "10.0.0.9:8012", "activator")]), new BackendRow("ns/two/80", "EDS", "HTTP/1.1", false, [])],
            "99.5 % to ns/one/80, 0.5 % to ns/two/80; 503 from ns/two/80, which has no endpoint");

        Assert.Equal(
            """
            GET http://x.example.com/ on the external listener
            ├── Host
            │   ├── no  x.example.com is no ingress's
            │   └── yes *.example.com is of the ingress ns/a
            ├── Routes of ns/a, in order
            │   ├── no  rules[0].paths[0]: prefix /, header Tag: blue: header Tag is missing
            │   └── yes rules[0].paths[1]: prefix /
            ├── The backend sees the host inner.example.com
            ├── Every request
            │   └── sets X-All: [1]
            ├── 99.5 % to ns/one/80
            │   ├── sets X-One: 1
            │   ├── 10.0.0.1:8012 (priority 0, HTTP/2 over TLS)
            │   └── 10.0.0.9:8012 (priority 1, activator, HTTP/2 over TLS)
            ├── 0.5 % to ns/two/80
            │   └── no endpoint
            └── 0 % to ~nobody, as there is no ns/gone:80
            99.5 % to ns/one/80, 0.5 % to ns/two/80; 503 from ns/two/80, which has no endpoint

            """,
            PlainText.Of(console => ExplainView.Write(console, report)));
    }

    [Fact]
    public void Table_ValuesWithMarkup_AreShownAsTheyAre() => Assert.Equal(
        """
        ╭─────┬────────╮
        │ One │ Two    │
        ├─────┼────────┤
        │ [a] │ [/red] │
        ╰─────┴────────╯

        """,
        PlainText.Of(console => Tables.Write(console, [("[a]", "[/red]")], ("One", row => row.Item1), ("Two", row => row.Item2))));

    private static GatewayPage Gateway(string node, DateTimeOffset since, bool answers, params TypePage[] types) =>
        new(node, "kxds", "edge", "envoy 1.40.0", "127.0.0.1", [], 1, "delta", since, answers, false, types);

    private static TypePage Type(string type, int synced, int stale = 0, int notSent = 0, int refused = 0, params TypePage.Entry[] refusals) =>
        new(type, true, 0, synced, stale, notSent, refused, 0, new(1, 1, 0), null, null, null, null, refusals);
}
