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
    public async Task Defect20_ClusterGoesOnlyAfterTheRoutesWithoutItAreTaken_WhileTheLimitLasts()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("old");
        await ns.BackendAsync("new");
        await ns.ReadyAsync("retire", Spec.External(ns.Host("retire"), Spec.All(Spec.To("old"))));
        await using var load = new Load(ns.External, ns.Host("retire"));
        var before = Relay.Responses.Count;
        var gate = new TaskCompletionSource();
        Relay.BeforeRequest = request => Relay.Later(before, ResourceType.RouteConfiguration, $"{ns.Name}/retire/external").Any(response => Relay.Answers(request, response)) ? gate.Task : Task.CompletedTask;

        await ns.IngressAsync("retire", Spec.External(ns.Host("retire"), Spec.All(Spec.To("new"))));
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("retire"))).Backend == "new", XdsStack.Limit);
        Assert.DoesNotContain($"{ns.Name}/old/80", Relay.Responses.Skip(before).SelectMany(response => response.RemovedResources));

        gate.SetResult();
        await Eventually.TrueAsync(() => Relay.Responses.Skip(before).Any(response => response.RemovedResources.Contains($"{ns.Name}/old/80")), XdsStack.Limit);
        await ns.ReadyAsync("retire");
        Assert.Empty(await load.StopAsync());
    }

    [Fact]
    [Defect(20)]
    public async Task Defect20_GatewayNeverSaysThatItTookTheRoutes_ClusterGoesWithTheLimit_AndNoRequestFailsThatFollowsThem()
    {
        await using var world = await KingressWorld.StartRelayedAsync(options => options.HoldLimit = TimeSpan.FromSeconds(2));
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("old");
        await ns.BackendAsync("new");
        await ns.ReadyAsync("retire", Spec.External(ns.Host("retire"), Spec.All(Spec.To("old"))));
        await using var load = new Load(ns.External, ns.Host("retire"));
        var before = world.Relay.Responses.Count;
        var never = new TaskCompletionSource();
        world.Relay.BeforeRequest = request =>
            world.Relay.Later(before, ResourceType.RouteConfiguration, $"{ns.Name}/retire/external").Any(response => world.Relay.Answers(request, response)) ? never.Task : Task.CompletedTask;

        await ns.IngressAsync("retire", Spec.External(ns.Host("retire"), Spec.All(Spec.To("new"))));
        await Eventually.TrueAsync(() => world.Relay.Removal(before, $"{ns.Name}/old/80", ResourceType.Cluster) >= 0, XdsStack.Limit);

        Assert.Equal("new", (await ns.External.GetAsync(ns.Host("retire"))).Backend);
        Assert.Empty(await load.StopAsync());
        never.SetResult();
        await ns.ReadyAsync("retire");
    }

    [Fact]
    [Trap("routes that are taken away while a scope names them stay")]
    public async Task RoutesAreTakenAwayButTheirScopeIsNot_TheyGoOn()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("stays", Spec.External(ns.Host("stays"), Spec.All(Spec.To("runtime"))));
        Relay.Tamper = response =>
        {
            var changed = response.Clone();
            if (AdsRelay.Has(response, ResourceType.RouteConfiguration, $"{ns.Name}/other/external"))
            {
                changed.RemovedResources.Add($"{ns.Name}/stays/external");
            }

            return changed;
        };

        await ns.ReadyAsync("other", Spec.External(ns.Host("other"), Spec.All(Spec.To("runtime"))));

        Assert.DoesNotContain(Relay.Nacks, nack => nack.ErrorDetail.Message.Contains(ns.Name, StringComparison.Ordinal));
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("stays"))).Code);
    }

    [Fact]
    [Trap("deleting is removing the scopes")]
    public async Task IngressIsDeleted_ItsScopesGoBeforeItsRoutesAndTheseBeforeItsClusters()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("gone", Spec.External(ns.Host("gone"), Spec.All(Spec.To("runtime"))));
        var before = Relay.Responses.Count;
        bool? areRoutesGivenUp = null;
        Relay.BeforeResponse = response =>
        {
            if (response.TypeUrl == ResourceType.Cluster.TypeUrl() && response.RemovedResources.Contains($"{ns.Name}/runtime/80"))
            {
                areRoutesGivenUp = Relay.Requests.Any(request => request.TypeUrl == ResourceType.RouteConfiguration.TypeUrl() && request.ResourceNamesUnsubscribe.Contains($"{ns.Name}/gone/external"));
            }

            return Task.CompletedTask;
        };

        await ns.DeleteAsync("gone");
        await Eventually.TrueAsync(() => Relay.Removal(before, $"{ns.Name}/runtime/80", ResourceType.Cluster) >= 0 && areRoutesGivenUp is not null, XdsStack.Limit);

        var scopes = Relay.Removal(before, $"external|{ns.Host("gone")}", ResourceType.ScopedRouteConfiguration);
        var clusters = Relay.Removal(before, $"{ns.Name}/runtime/80", ResourceType.Cluster);
        Assert.InRange(scopes, 0, clusters - 1);
        // Envoy gives routes up by itself when no scope names them any more; the clusters wait for that.
        Assert.True(areRoutesGivenUp);
        Assert.Equal(404, (await ns.External.GetAsync(ns.Host("gone"))).Code);
    }
}
