using Knative.Xds.Integration.Kingress.Harness;

namespace Knative.Xds.Integration.Kingress;

/// <summary>Upstream's rows on hosts and protocols.</summary>
public sealed class ConformanceBasicsTests(SharedKingressWorld shared)
{
    [Fact]
    [Conformance("basics")]
    public async Task OneSplitWithoutPercent_Get_IsAnswered()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("basics", Spec.External(ns.Host("basics"), Spec.All(Spec.To("runtime"))));

        var seen = (await ns.External.GetAsync(ns.Host("basics"))).Seen;

        Assert.Equal(("runtime", "GET", "/", "HTTP/1.1"), (seen.Backend, seen.Method, seen.Target, seen.Protocol));
        Assert.Equal(ns.Host("basics"), seen.Host);
    }

    [Fact]
    [Conformance("basics/http2")]
    public async Task ServicePortNamedHttp2_GetOverHttp1_ReachesTheBackendOverHttp2()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.Http2BackendAsync("runtime");
        await ns.ReadyAsync("http2", Spec.External(ns.Host("http2"), Spec.All(Spec.To("runtime"))));

        Assert.Equal("HTTP/2", (await ns.External.GetAsync(ns.Host("http2"))).Seen.Protocol);
    }

    [Fact]
    [Conformance("hosts/multiple")]
    public async Task OneRuleWithFourHosts_EachIsAnswered()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        string[] hosts = [ns.Host("foo"), ns.Host("www.foo"), $"a-b-1.{ns.Name}.test", $"{ns.Name}.positively.blah.example.org"];
        await ns.ReadyAsync("multiple", Spec.External(hosts, Spec.All(Spec.To("runtime"))));

        foreach (var host in hosts)
        {
            Assert.Equal(host, (await ns.External.GetAsync(host)).Seen.Host);
        }
    }
}
