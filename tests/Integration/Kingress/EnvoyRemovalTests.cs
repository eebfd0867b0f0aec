using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kingress;

/// <summary>What goes, and when.</summary>
[Collection(RelayedGateways.Name)]
public sealed class EnvoyRemovalTests(RelayedKingressWorld shared)
{
    private AdsRelay Relay => shared.Relay;

    [Fact]
    [Trap("a removed cluster that a route still names")]
    [Defect(20)]
    public async Task Defect20_ClusterGoesOnlyAfterTheRoutesWithoutItAreTaken_HoweverLongThatLasts()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("old");
        await ns.BackendAsync("new");
        await ns.ReadyAsync("retire", Spec.External(ns.Host("retire"), Spec.All(Spec.To("old"))));
        await using var load = new Load(ns.External, ns.Host("retire"));
        var before = Relay.Responses.Count;
        var gate = new TaskCompletionSource();
        Relay.BeforeRequest = request => Relay.Later(before, ResourceType.RouteConfiguration, $"{ns.Name}/retire/external").Any(response => response.Nonce == request.ResponseNonce) ? gate.Task : Task.CompletedTask;

        await ns.IngressAsync("retire", Spec.External(ns.Host("retire"), Spec.All(Spec.To("new"))));
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("retire"))).Backend == "new", XdsStack.Limit);
        Assert.DoesNotContain($"{ns.Name}/old/80", Relay.Responses.Skip(before).SelectMany(response => response.RemovedResources));

        gate.SetResult();
        await Eventually.TrueAsync(() => Relay.Responses.Skip(before).Any(response => response.RemovedResources.Contains($"{ns.Name}/old/80")), XdsStack.Limit);
        await ns.ReadyAsync("retire");
        Assert.Empty(await load.StopAsync());
    }

    [Fact]
    [Trap("deleting is removing the scopes")]
    public async Task IngressIsDeleted_ItsScopesGoBeforeItsRoutesAndTheseBeforeItsClusters()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("gone", Spec.External(ns.Host("gone"), Spec.All(Spec.To("runtime"))));
        var before = Relay.Responses.Count;

        await ns.DeleteAsync("gone");
        await Eventually.TrueAsync(() => Relay.Removal(before, $"{ns.Name}/runtime/80", ResourceType.Cluster) >= 0, XdsStack.Limit);

        var scopes = Relay.Removal(before, $"external|{ns.Host("gone")}", ResourceType.ScopedRouteConfiguration);
        var clusters = Relay.Removal(before, $"{ns.Name}/runtime/80", ResourceType.Cluster);
        Assert.InRange(scopes, 0, clusters - 1);
        Assert.Equal(404, (await ns.External.GetAsync(ns.Host("gone"))).Code);
    }
}
