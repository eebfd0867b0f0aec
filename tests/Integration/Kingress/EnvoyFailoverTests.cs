using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kingress;

/// <summary>What a gateway does by itself when pods are gone.</summary>
[Collection(RelayedGateways.Name)]
public sealed class EnvoyFailoverTests(RelayedKingressWorld shared)
{
    [Fact]
    [Trap("no pod at the first priority: the second takes all, without a retry")]
    public async Task LastPodIsTakenOut_NoRequestFails()
    {
        await using var ns = await shared.NamespaceAsync();
        var activator = await ns.StartAsync("activator");
        var pod = await ns.StartAsync("pod");
        await ns.ServiceAsync("rev", TestNamespace.Port("http", 80));
        await ns.ServiceAsync("rev-private", TestNamespace.Port("http", 80));
        await ns.SliceAsync("rev-private", pod, ("http", pod.Http1Port));
        await ns.ActivatorAsync(activator);
        await ns.ServerlessServiceAsync("rev", "Serve");
        await ns.ReadyAsync("rev", Spec.External(ns.Host("rev"), Spec.All(Spec.To("rev"))));
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("rev"))) is { Code: 200, Backend: "pod" }, XdsStack.Limit);
        await using var load = new Load(ns.External, ns.Host("rev"));

        await ns.DropEndpointsAsync("rev-private");
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("rev"))).Backend == "activator", XdsStack.Limit);

        Assert.Empty(await load.StopAsync());
    }

    [Fact]
    [Trap("a dead pod that is still listed")]
    public async Task PodIsDeadButListed_AHundredRequestsAtOnce_TheActivatorAnswersAllOfThem()
    {
        await using var ns = await shared.NamespaceAsync();
        var activator = await ns.StartAsync("activator");
        var dead = await ns.StartAsync("dead");
        await ns.ServiceAsync("rev", TestNamespace.Port("http", 80));
        await ns.ServiceAsync("rev-private", TestNamespace.Port("http", 80));
        await ns.SliceAsync("rev-private", dead, ("http", dead.Http1Port));
        await ns.ActivatorAsync(activator);
        await ns.ServerlessServiceAsync("rev", "Serve");
        await ns.ReadyAsync("rev", Spec.External(ns.Host("rev"), Spec.All(Spec.To("rev"))));
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("rev"))) is { Code: 200, Backend: "dead" }, XdsStack.Limit);

        await dead.StopAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => ns.External.GetAsync(ns.Host("rev"))));

        Assert.All(answers, answer => Assert.Equal("activator", answer.Backend));
    }
}
