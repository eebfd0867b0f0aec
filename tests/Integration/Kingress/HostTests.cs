using Knative.Xds.Integration.Kingress.Harness;

namespace Knative.Xds.Integration.Kingress;

/// <summary>How hosts are found, and who has them.</summary>
public sealed class HostTests(SharedKingressWorld shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [Trap("host in any letter case")]
    [InlineData("SPELLED.{0}.EXAMPLE.COM")]
    [InlineData("spelled.{0}.Example.Com")]
    [InlineData("spelled.{0}.example.com:80")]
    [InlineData("spelled.{0}.example.com:12345")]
    [InlineData("Spelled.{0}.example.com:80")]
    [InlineData("spelled.{0}.example.com.")]
    [InlineData("spelled.{0}.example.com.:80")]
    [InlineData("SPELLED.{0}.example.com.")]
    public async Task Host_InAnyLetterCaseWithPortOrTrailingDot_IsFound(string spelling)
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("spelled", Spec.External(ns.Host("spelled"), Spec.All(Spec.To("runtime"))));
        var host = string.Format(System.Globalization.CultureInfo.InvariantCulture, spelling, ns.Name);

        Assert.Equal(200, await RawHttp.CodeAsync(ns.External.EndPoint, Cancel, "GET / HTTP/1.1", $"Host: {host}"));
        Assert.Equal(200, await RawHttp.CodeAsync(ns.Local.EndPoint, Cancel, "GET / HTTP/1.1", $"Host: {host}"));
    }

    [Fact]
    public async Task HostWithPort_ReachesTheBackendWithIt()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("port", Spec.External(ns.Host("port"), Spec.All(Spec.To("runtime"))));

        Assert.Equal($"{ns.Host("port")}:8080", (await ns.External.GetAsync($"{ns.Host("port")}:8080")).Seen.Host);
    }

    [Fact]
    public async Task HostInUpperCaseInTheIngress_IsFound()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("upper", Spec.External($"Upper.{ns.Name}.Example.com", Spec.All(Spec.To("runtime"))));

        Assert.Equal(200, (await ns.External.GetAsync($"upper.{ns.Name}.example.com")).Code);
    }

    [Fact]
    [Trap("wildcard host")]
    public async Task WildcardHost_StandsForOneLabel_InAnyLetterCaseAndWithPort()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("wild", Spec.External($"*.{ns.Host("wild")}", Spec.Path("/p", Spec.To("runtime")).Setting("Which", "p"), Spec.All(Spec.To("runtime")).Setting("Which", "all")));

        foreach (var host in new[] { $"a.{ns.Host("wild")}", $"B.{ns.Host("wild").ToUpperInvariant()}", $"c.{ns.Host("wild")}:8080" })
        {
            Assert.Equal("all", (await ns.External.GetAsync(host)).Seen["Which"]);
            Assert.Equal("p", (await ns.Local.GetAsync(host, "/p")).Seen["Which"]);
        }

        Assert.Equal(404, (await ns.External.GetAsync(ns.Host("wild"))).Code);
        Assert.Equal(404, (await ns.External.GetAsync($"a.b.{ns.Host("wild")}")).Code);
    }

    [Fact]
    [Defect(8)]
    public async Task Defect08_WildcardAndExactHostOfTwoIngresses_TheExactOneWinsAndBothAreReady()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("wild");
        await ns.BackendAsync("exact");
        await ns.ReadyAsync("a-wild", Spec.External($"*.{ns.Host("apps")}", Spec.All(Spec.To("wild"))));
        await ns.ReadyAsync("b-exact", Spec.External($"x.{ns.Host("apps")}", Spec.All(Spec.To("exact"))));

        Assert.Equal("exact", (await ns.External.GetAsync($"x.{ns.Host("apps")}")).Backend);
        Assert.Equal("wild", (await ns.External.GetAsync($"y.{ns.Host("apps")}")).Backend);

        await ns.DeleteAsync("b-exact");
        await Testing.Eventually.TrueAsync(async () => (await ns.External.GetAsync($"x.{ns.Host("apps")}")) is { Code: 200, Backend: "wild" }, Xds.XdsStack.Limit);
    }

    [Fact]
    public async Task UnknownHost_404OnBothListeners()
    {
        await using var ns = await shared.NamespaceAsync();

        Assert.Equal(404, (await ns.External.GetAsync(ns.Host("nobody"))).Code);
        Assert.Equal(404, (await ns.Local.GetAsync(ns.Host("nobody"))).Code);
    }

    [Fact]
    public async Task ExternalHost_IsReachableInsideToo()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("both", Spec.External(ns.Host("both"), Spec.All(Spec.To("runtime"))));

        Assert.Equal(200, (await ns.Local.GetAsync(ns.Host("both"))).Code);
    }

    [Fact]
    public async Task ClusterLocalHost_IsReachableByItsShorterNames()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("short", Spec.Local([ns.LocalHosts("short")[^1]], Spec.All(Spec.To("runtime"))));

        foreach (var host in ns.LocalHosts("short"))
        {
            Assert.Equal(200, (await ns.Local.GetAsync(host)).Code);
            Assert.Equal(404, (await ns.External.GetAsync(host)).Code);
        }
    }

    [Fact]
    [Trap("visibility cannot be spoofed")]
    public async Task ClusterLocalHost_ClientClaimsToBeInside_404()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var host = ns.LocalHosts("spoof")[^1];
        await ns.ReadyAsync("spoof", Spec.Local([host], Spec.All(Spec.To("runtime"))));

        Assert.Equal(404, (await ns.External.GetAsync(host, "/", ("x-kxds-visibility", "local"))).Code);
        var seen = (await ns.Local.GetAsync(host, "/", ("x-kxds-visibility", "external"))).Seen;
        Assert.Null(seen["x-kxds-visibility"]);
    }

    [Fact]
    public async Task SameHostInTwoRules_PathsAreJoined()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync(
            "joined",
            Spec.External(ns.Host("joined"), Spec.All(Spec.To("runtime")).Setting("Which", "all")),
            Spec.External([ns.Host("joined"), ns.Host("other")], Spec.Path("/b", Spec.To("runtime")).Setting("Which", "b")));

        Assert.Equal("all", (await ns.External.GetAsync(ns.Host("joined"))).Seen["Which"]);
        Assert.Equal("b", (await ns.External.GetAsync(ns.Host("joined"), "/b")).Seen["Which"]);
        Assert.Equal("b", (await ns.External.GetAsync(ns.Host("other"), "/b")).Seen["Which"]);
        Assert.Equal(404, (await ns.External.GetAsync(ns.Host("other"))).Code);
    }

    [Fact]
    public async Task SameHostTwiceInOneRule_IsOneHost()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("double", Spec.External([ns.Host("double"), ns.Host("double").ToUpperInvariant(), ns.Host("double")], Spec.All(Spec.To("runtime"))));

        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("double"))).Code);
    }

    [Fact]
    public async Task SameHostExternalAndClusterLocal_EachListenerHasItsPaths()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync(
            "mixed",
            Spec.External(ns.Host("mixed"), Spec.All(Spec.To("runtime")).Setting("Which", "public")),
            Spec.Local([ns.Host("mixed")], Spec.Path("/inside", Spec.To("runtime")).Setting("Which", "private")));

        Assert.Equal("public", (await ns.External.GetAsync(ns.Host("mixed"), "/inside")).Seen["Which"]);
        Assert.Equal("private", (await ns.Local.GetAsync(ns.Host("mixed"), "/inside")).Seen["Which"]);
    }

    [Fact]
    public async Task HostOfAnOlderIngress_StaysThereAndTheYoungerSaysSo()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("old");
        await ns.BackendAsync("young");
        await ns.ReadyAsync("a-old", Spec.External(ns.Host("wanted"), Spec.All(Spec.To("old"))));

        await ns.IngressAsync("b-young", Spec.External([ns.Host("wanted"), ns.Host("own")], Spec.All(Spec.To("young"))));
        var condition = await ns.ConditionAsync("b-young", "LoadBalancerReady", "False", "DomainConflict");

        Assert.Contains($"spec.rules[0].hosts[0]: host {ns.Host("wanted")} belongs to the older ingress {ns.Name}/a-old.", condition.Message, StringComparison.Ordinal);
        Assert.Equal("old", (await ns.External.GetAsync(ns.Host("wanted"))).Backend);
        await Testing.Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("own"))) is { Code: 200, Backend: "young" }, Xds.XdsStack.Limit);
        await ns.ReadyAsync("a-old");
    }

    [Fact]
    public async Task OlderIngressIsDeleted_TheYoungerGetsTheHostAndIsReady()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("old");
        await ns.BackendAsync("young");
        await ns.ReadyAsync("a-old", Spec.External(ns.Host("wanted"), Spec.All(Spec.To("old"))));
        await ns.IngressAsync("b-young", Spec.External(ns.Host("wanted"), Spec.All(Spec.To("young"))));
        await ns.ConditionAsync("b-young", "LoadBalancerReady", "False", "DomainConflict");

        await ns.DeleteAsync("a-old");
        await ns.ReadyAsync("b-young");

        Assert.Equal("young", (await ns.External.GetAsync(ns.Host("wanted"))).Backend);
    }

    [Fact]
    [Trap("deleting is removing the scopes")]
    public async Task IngressIsDeleted_404()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("gone", Spec.External(ns.Host("gone"), Spec.All(Spec.To("runtime"))));
        await ns.ReadyAsync("stays", Spec.External(ns.Host("stays"), Spec.All(Spec.To("runtime"))));
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("gone"))).Code);

        await ns.DeleteAsync("gone");

        await Testing.Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("gone"))).Code == 404, Xds.XdsStack.Limit);
        Assert.Equal(404, (await ns.Local.GetAsync(ns.Host("gone"))).Code);
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("stays"))).Code);
    }

    [Fact]
    public async Task HostIsTakenOutOfAnIngress_404AndTheOthersStay()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("fewer", Spec.External([ns.Host("one"), ns.Host("two")], Spec.All(Spec.To("runtime"))));

        await ns.ReadyAsync("fewer", Spec.External([ns.Host("two")], Spec.All(Spec.To("runtime"))));

        await Testing.Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("one"))).Code == 404, Xds.XdsStack.Limit);
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("two"))).Code);
    }
}
