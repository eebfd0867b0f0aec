using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kingress;

/// <summary>Hosts that change hands.</summary>
[Collection(RelayedGateways.Name)]
public sealed class EnvoyHostTests(RelayedKingressWorld shared)
{
    private AdsRelay Relay => shared.Relay;

    [Fact]
    [Trap("a host moves to routes that Envoy does not hold")]
    public async Task HostMovesToANewIngress_ItsRoutesAreSlow_NoRequestIs404()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("old");
        await ns.BackendAsync("new");
        await ns.ReadyAsync("a", Spec.External([ns.Host("moves"), ns.Host("stays")], Spec.All(Spec.To("old"))));
        await using var load = new Load(ns.External, ns.Host("moves"));
        Relay.BeforeResponse = async response =>
        {
            if (AdsRelay.Has(response, ResourceType.RouteConfiguration, $"{ns.Name}/b/external"))
            {
                var now = load.Requests;
                await Eventually.TrueAsync(() => load.Requests > now + 50, XdsStack.Limit);
            }
        };

        await ns.IngressAsync("b", Spec.External(ns.Host("moves"), Spec.All(Spec.To("new"))));
        await ns.ConditionAsync("b", "LoadBalancerReady", "False", "DomainConflict");
        await ns.IngressAsync("a", Spec.External(ns.Host("stays"), Spec.All(Spec.To("old"))));
        await ns.ReadyAsync("b");

        Assert.Equal("new", (await ns.External.GetAsync(ns.Host("moves"))).Backend);
        Assert.Equal("old", (await ns.External.GetAsync(ns.Host("stays"))).Backend);
        Assert.Empty(await load.StopAsync());
        Assert.Empty(Relay.Nacks.Select(nack => nack.ErrorDetail.Message));
    }

    [Fact]
    public async Task TwoIngressesSwapTheirHostsAtOnce_NoRequestFails()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("a");
        await ns.BackendAsync("b");
        await ns.ReadyAsync("a", Spec.External(ns.Host("one"), Spec.All(Spec.To("a"))));
        await ns.ReadyAsync("b", Spec.External(ns.Host("two"), Spec.All(Spec.To("b"))));
        await using var one = new Load(ns.External, ns.Host("one"));
        await using var two = new Load(ns.External, ns.Host("two"));

        // The older one has what both claim, so that its next change moves both hosts.
        await ns.IngressAsync("b", Spec.External([ns.Host("one"), ns.Host("two")], Spec.All(Spec.To("b"))));
        await ns.ConditionAsync("b", "LoadBalancerReady", "False", "DomainConflict");
        await ns.IngressAsync("a", Spec.External(ns.Host("two"), Spec.All(Spec.To("a"))));
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("one"))).Backend == "b" && (await ns.External.GetAsync(ns.Host("two"))).Backend == "a", XdsStack.Limit);
        await ns.IngressAsync("b", Spec.External(ns.Host("one"), Spec.All(Spec.To("b"))));
        await ns.ReadyAsync("a");
        await ns.ReadyAsync("b");

        Assert.Equal("b", (await ns.External.GetAsync(ns.Host("one"))).Backend);
        Assert.Equal("a", (await ns.External.GetAsync(ns.Host("two"))).Backend);
        Assert.Empty(await one.StopAsync());
        Assert.Empty(await two.StopAsync());
        Assert.Empty(Relay.Nacks.Select(nack => nack.ErrorDetail.Message));
    }

    [Fact]
    [Trap("two scopes never have one key")]
    public async Task HostChangesHandsAndIsClaimedTwice_NoScopeIsRefused()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        foreach (var (first, second) in new[] { ("a", "b"), ("b", "a"), ("a", "b") })
        {
            await ns.IngressAsync(first, Spec.External([ns.Host("wanted"), ns.Host(first)], Spec.All(Spec.To("runtime")).Setting("Which", first)));
            await ns.IngressAsync(second, Spec.External([ns.Host("wanted").ToUpperInvariant(), ns.Host(second)], Spec.All(Spec.To("runtime")).Setting("Which", second)));
            await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("wanted"))).Code == 200, XdsStack.Limit);
            await ns.ReadyAsync(first, Spec.External(ns.Host(first), Spec.All(Spec.To("runtime")).Setting("Which", first)));
            await ns.ReadyAsync(second);

            Assert.Equal(second, (await ns.External.GetAsync(ns.Host("wanted"))).Seen["Which"]);
        }

        Assert.Empty(Relay.Nacks.Select(nack => nack.ErrorDetail.Message));
    }

    [Fact]
    [Trap("unknown host")]
    public async Task UnknownHosts_404OnBothListeners_AndNothingIsSaidToTheServer()
    {
        await using var world = await KingressWorld.StartRelayedAsync();
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("known", Spec.External(ns.Host("known"), Spec.All(Spec.To("runtime"))));
        await world.Relay.SaysAsync(() => world.Relay.Responses.All(world.Relay.IsAcked));
        var (requests, responses) = (world.Relay.Requests.Count, world.Relay.Responses.Count);

        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(404, (await ns.External.GetAsync(ns.Host($"nobody-{i}"))).Code);
            Assert.Equal(404, (await ns.Local.GetAsync($"nobody-{i}.{ns.Host("known")}:8080")).Code);
        }

        // What Envoy says later is said behind what it has to say of this.
        await ns.ReadyAsync("later", Spec.External(ns.Host("later"), Spec.All(Spec.To("runtime"))));
        var sent = world.Relay.Responses.Skip(responses).ToList();
        Assert.Equal(
            [$"external|{ns.Host("later")}", $"local|{ns.Host("later")}", $"{ns.Name}/later/external", $"{ns.Name}/later/local"],
            sent.SelectMany(response => response.Resources).Select(resource => resource.Name).Distinct().Order(StringComparer.Ordinal));
        var asked = world.Relay.Requests.Skip(requests).ToList();
        Assert.Equal([$"{ns.Name}/later/external", $"{ns.Name}/later/local"], asked.SelectMany(request => request.ResourceNamesSubscribe).Distinct().Order(StringComparer.Ordinal));
        Assert.Empty(asked.SelectMany(request => request.ResourceNamesUnsubscribe));
        // One acknowledgement for each response, and the subscriptions of the two listeners.
        Assert.InRange(asked.Count, sent.Count, sent.Count + 2);
    }
}
