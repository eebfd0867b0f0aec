using System.Security.Cryptography;
using System.Text;
using Knative.Xds.Integration.Kingress.Harness;

namespace Knative.Xds.Integration.Kingress;

/// <summary>Upstream's row on probes, and what follows from it. The hashes are of texts written out here, not of what the product makes.</summary>
public sealed class ConformanceProbeTests(SharedKingressWorld shared)
{
    private const string Hash = "K-Network-Hash";
    private static readonly (string, string) IsProbe = ("K-Network-Probe", "probe");

    [Fact]
    [Conformance("headers/probe")]
    public async Task Probe_OverrideComesBackAsTheHashOfTheSpec_AnyOtherValueUnchanged()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("probe", Spec.External(ns.Host("probe"), Spec.All(Spec.To("runtime"))));
        var random = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ns.Name)));

        var overridden = await ns.External.GetAsync(ns.Host("probe"), "/", IsProbe, (Hash, "override"));
        var kept = await ns.External.GetAsync(ns.Host("probe"), "/", IsProbe, (Hash, random));

        Assert.Equal((200, HashOf(ns, "probe", "")), (overridden.Code, overridden[Hash]));
        Assert.Equal((200, random), (kept.Code, kept[Hash]));
    }

    [Fact]
    public async Task Probe_AfterAChange_TellsTheNewVersion()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("changes", Spec.External(ns.Host("changes"), Spec.All(Spec.To("runtime"))));
        var before = (await ns.External.GetAsync(ns.Host("changes"), "/healthz", IsProbe, (Hash, "override")))[Hash];

        await ns.ReadyAsync("changes", Spec.External(ns.Host("changes"), Spec.All(Spec.To("runtime")).Setting("A", "<&>")));

        Assert.Equal(HashOf(ns, "changes", ""), before);
        Assert.Equal(
            HashOf(ns, "changes", ",\"appendHeaders\":{\"A\":\"\\u003c\\u0026\\u003e\"}"),
            (await ns.External.GetAsync(ns.Host("changes"), "/healthz", IsProbe, (Hash, "override")))[Hash]);
    }

    [Fact]
    public async Task Override_WithoutAProbe_IsARequestLikeAnyOther()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("plain", Spec.External(ns.Host("plain"), Spec.All(Spec.To("runtime")).Setting("Which", "path")));

        Assert.Equal("path", (await ns.External.GetAsync(ns.Host("plain"), "/", (Hash, "override"))).Seen["Which"]);
    }

    [Fact]
    public async Task Probe_OfATaggedPath_FollowsTheTag()
    {
        const string tag = "Knative-Serving-Tag";
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("tagged", new BackendOptions { Handler = context => Task.FromResult(context.Response.StatusCode = 418) });
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("tags", Spec.External(ns.Host("tags"), Spec.All(Spec.To("tagged")).When(tag, "t"), Spec.All(Spec.To("runtime"))));

        Assert.Equal(418, (await ns.External.GetAsync(ns.Host("tags"), "/", (Hash, "override"), (tag, "t"))).Code);
        Assert.Equal("runtime", (await ns.External.GetAsync(ns.Host("tags"), "/", (Hash, "override"))).Backend);
        Assert.Equal(64, (await ns.External.GetAsync(ns.Host("tags"), "/", IsProbe, (Hash, "override"), (tag, "t")))[Hash]!.Length);
    }

    [Fact]
    [Defect(9)]
    public async Task Defect09_ServerRestarts_TheHashIsStillThatOfTheSpec()
    {
        await using var world = await KingressWorld.StartAsync();
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("kept", Spec.External(ns.Host("kept"), Spec.All(Spec.To("runtime"))));

        for (var restart = 0; restart < 2; restart++)
        {
            await world.Server.RestartAsync();
            // Made after the restart: when it is in effect, Envoy has all that the new server says of the older one.
            await ns.ReadyAsync($"marker{restart}", Spec.External(ns.Host($"marker{restart}"), Spec.All(Spec.To("runtime"))));

            Assert.Equal(HashOf(ns, "kept", ""), (await ns.External.GetAsync(ns.Host("kept"), "/", IsProbe, (Hash, "override")))[Hash]);
        }
    }

    /// <summary>What Go's encoder makes of an ingress with one host, one path and one split.</summary>
    private static string HashOf(TestNamespace ns, string name, string more)
    {
        var json = $$"""{"rules":[{"hosts":["{{ns.Host(name)}}"],"visibility":"ExternalIP","http":{"paths":[{"splits":[{"serviceNamespace":"{{ns.Name}}","serviceName":"runtime","servicePort":80,"percent":100}]""" + more + """}]}}],"httpOption":"Enabled"}""";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json + ns.Name + name)));
    }
}
