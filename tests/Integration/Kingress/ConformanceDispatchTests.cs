using Knative.Xds.Integration.Kingress.Harness;

namespace Knative.Xds.Integration.Kingress;

/// <summary>Upstream's rows on paths, percentages and rules.</summary>
public sealed class ConformanceDispatchTests(SharedKingressWorld shared)
{
    [Fact]
    [Conformance("dispatch/path")]
    public async Task Paths_EachPrefixGoesToItsBackendAndTheRestToTheDefault()
    {
        await using var ns = await shared.NamespaceAsync();
        await Traffic.ServicesAsync(ns, "foo", "bar", "baz", "default");
        await ns.ReadyAsync("path", Spec.External(ns.Host("path"), Traffic.FourPaths));

        await Traffic.AssertPathsAsync(target => ns.External.GetAsync(ns.Host("path"), target));
    }

    [Fact]
    [Conformance("dispatch/percentage")]
    public async Task Percentages_ThousandRequests_EachNearItsShareAndNoneWhereItIsZero()
    {
        await using var ns = await shared.NamespaceAsync();
        await Traffic.ServicesAsync(ns, [.. Traffic.Shares.Keys]);
        await ns.ReadyAsync("percentage", Spec.External(ns.Host("percentage"), Traffic.TenWays));

        Traffic.AssertShares(await ns.External.CountAsync(ns.Host("percentage"), 1000, Traffic.Which));
    }

    [Fact]
    [Conformance("dispatch/path_and_percentage")]
    public async Task PathWithTwoSplits_ThousandRequests_HalfEachAndNoneForTheDefault()
    {
        await using var ns = await shared.NamespaceAsync();
        await Traffic.ServicesAsync(ns, "left", "right", "default");
        await ns.ReadyAsync("both", Spec.External(
            ns.Host("both"),
            Spec.Path("/foo", Spec.To("left", 50).Setting(Traffic.Header, "left"), Spec.To("right", 50).Setting(Traffic.Header, "right")),
            Spec.All(Spec.To("default").Setting(Traffic.Header, "default"))));

        var counts = await ns.External.CountAsync(ns.Host("both"), 1000, Traffic.Which, "/foo");

        Assert.Equal(["left", "right"], counts.Keys.Order());
        Assert.InRange(counts["left"], 350, 650);
    }

    [Fact]
    [Conformance("dispatch/rule")]
    public async Task TwoRules_EachHostGetsTheHeaderOfItsRule()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync(
            "rule",
            Spec.External(ns.Host("foo"), Spec.All(Spec.To("runtime")).Setting("Rule", "foo")),
            Spec.External(ns.Host("bar"), Spec.All(Spec.To("runtime")).Setting("Rule", "bar")));

        Assert.Equal("foo", (await ns.External.GetAsync(ns.Host("foo"))).Seen["Rule"]);
        Assert.Equal("bar", (await ns.External.GetAsync(ns.Host("bar"))).Seen["Rule"]);
    }
}
