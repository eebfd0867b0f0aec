using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kingress;

/// <summary>When a change counts as in effect.</summary>
[Collection(RelayedGateways.Name)]
public sealed class EnvoyReadinessTests(RelayedKingressWorld shared)
{
    private AdsRelay Relay => shared.Relay;

    [Fact]
    [Trap("ready only after the ACK of the routes")]
    public async Task RoutesAreOnTheirWay_ScopeIsTaken_TheIngressIsNotReadyYet()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var gate = new TaskCompletionSource();
        Relay.BeforeResponse = response => AdsRelay.Has(response, ResourceType.RouteConfiguration, $"{ns.Name}/new/external") ? gate.Task : Task.CompletedTask;

        await ns.IngressAsync("new", Spec.External(ns.Host("new"), Spec.All(Spec.To("runtime"))));
        await Eventually.TrueAsync(() => Relay.With(ResourceType.ScopedRouteConfiguration, $"external|{ns.Host("new")}").Any(Relay.IsAcked), XdsStack.Limit);
        await Eventually.TrueAsync(() => Relay.With(ResourceType.RouteConfiguration, $"{ns.Name}/new/external").Any(), XdsStack.Limit);
        Assert.Equal(404, (await ns.External.GetAsync(ns.Host("new"))).Code);
        var waiting = await ns.ConditionAsync("new", "Ready", "Unknown", "Uninitialized");
        Assert.Equal("Waiting for load balancer to be ready", waiting.Message);

        gate.SetResult();
        await ns.ReadyAsync("new");
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("new"))).Code);
    }

    [Fact]
    [Trap("ready only when the endpoints of its clusters are there")]
    public async Task EndpointsAreOnTheirWay_RoutesAreTaken_TheIngressIsNotReadyYet()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var other = await ns.StartAsync("other");
        await ns.ServiceAsync("other", TestNamespace.Port("http", 80));
        await ns.SliceAsync("other", other, ("http", other.Http1Port));
        await ns.ReadyAsync("other", Spec.External(ns.Host("other"), Spec.All(Spec.To("other"))));
        var (cluster, isLate) = ($"{ns.Name}/runtime/80", true);
        Relay.BeforeRequest = request =>
        {
            // What Envoy asks of endpoints is late: it comes with the next message about any.
            if (isLate)
            {
                request.ResourceNamesSubscribe.Remove(cluster);
            }
            else if (request.TypeUrl == ResourceType.ClusterLoadAssignment.TypeUrl() && !Relay.With(ResourceType.ClusterLoadAssignment, cluster).Any())
            {
                request.ResourceNamesSubscribe.Add(cluster);
            }

            return Task.CompletedTask;
        };

        await ns.IngressAsync("new", Spec.External(ns.Host("new"), Spec.All(Spec.To("runtime"))));
        await Relay.SaysAsync(() => Relay.With(ResourceType.RouteConfiguration, $"{ns.Name}/new/external").Any(Relay.IsAcked));
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("new"))).Code == 503, XdsStack.Limit);
        await ns.ConditionAsync("new", "Ready", "Unknown", "Uninitialized");

        isLate = false;
        await ns.SliceAsync("other", other, ("http", other.Http2Port));
        await ns.ReadyAsync("new");
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("new"))).Code);
    }

    [Fact]
    [Defect(22)]
    public async Task Defect22_BackendAnswers401ToEverything_ReadyStillMeansInEffect()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("old", new BackendOptions { Handler = context => Task.FromResult(context.Response.StatusCode = 401) });
        await ns.BackendAsync("new", new BackendOptions { Handler = context => Task.FromResult(context.Response.StatusCode = 403) });
        await ns.ReadyAsync("auth", Spec.External(ns.Host("auth"), Spec.All(Spec.To("old"))));
        var gate = new TaskCompletionSource();
        Relay.BeforeResponse = response => AdsRelay.Has(response, ResourceType.RouteConfiguration, $"{ns.Name}/auth/external") ? gate.Task : Task.CompletedTask;

        await ns.IngressAsync("auth", Spec.External(ns.Host("auth"), Spec.All(Spec.To("new"))));
        await ns.ConditionAsync("auth", "Ready", "Unknown", "Uninitialized");
        Assert.Equal(401, (await ns.External.GetAsync(ns.Host("auth"))).Code);

        gate.SetResult();
        await ns.ReadyAsync("auth");
        Assert.Equal(403, (await ns.External.GetAsync(ns.Host("auth"))).Code);
    }

    [Fact]
    [Trap("EDS again behind a modified cluster")]
    public async Task ClusterIsModified_ItsEndpointsFollow_AndEnvoyTakesItWithoutATimeout()
    {
        await using var ns = await shared.NamespaceAsync();
        var backend = await ns.StartAsync("runtime");
        await ns.ServiceAsync("runtime", TestNamespace.Port("web", 80));
        await ns.SliceAsync("runtime", "runtime", backend.Address, ("web", backend.Http1Port));
        await ns.ReadyAsync("modified", Spec.External(ns.Host("modified"), Spec.All(Spec.To("runtime"))));
        Assert.Equal("HTTP/1.1", (await ns.External.GetAsync(ns.Host("modified"))).Seen.Protocol);
        var before = Relay.Responses.Count;

        await ns.ServiceAsync("runtime", TestNamespace.Port("web", 80, appProtocol: "kubernetes.io/h2c"));
        await Eventually.TrueAsync(() => Relay.Later(before, ResourceType.Cluster, $"{ns.Name}/runtime/80").Any(Relay.IsAcked), XdsStack.Limit);
        var sent = Relay.Responses.Skip(before).ToList();
        var cluster = sent.FindIndex(response => AdsRelay.Has(response, ResourceType.Cluster, $"{ns.Name}/runtime/80"));
        Assert.InRange(sent.FindIndex(response => AdsRelay.Has(response, ResourceType.ClusterLoadAssignment, $"{ns.Name}/runtime/80")), cluster + 1, int.MaxValue);
        await ns.SliceAsync("runtime", "runtime", backend.Address, ("web", backend.Http2Port));

        await Eventually.TrueAsync(async () => await ns.External.GetAsync(ns.Host("modified")) is { Code: 200, Seen.Protocol: "HTTP/2" }, XdsStack.Limit);
        Assert.DoesNotContain("initial fetch timed out", shared.World.Envoy.Log, StringComparison.Ordinal);
    }

    [Fact]
    [Trap("a cluster that cannot warm holds back the ACK of all that follow")]
    public async Task OneClusterNeverWarms_OtherIngressesAreInEffectAllTheSame()
    {
        await using var world = await KingressWorld.StartRelayedAsync();
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("stuck");
        await ns.BackendAsync("runtime");
        world.Relay.Tamper = response => Tampering.Without(response, ResourceType.ClusterLoadAssignment, $"{ns.Name}/stuck/80");

        await ns.IngressAsync("stuck", Spec.External(ns.Host("stuck"), Spec.All(Spec.To("stuck"))));
        await Eventually.TrueAsync(() => world.Relay.With(ResourceType.Cluster, $"{ns.Name}/stuck/80").Any(), XdsStack.Limit);
        await ns.IngressAsync("other", Spec.External(ns.Host("other"), Spec.All(Spec.To("runtime"))));
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("other"))).Code == 200, XdsStack.Limit);

        Assert.DoesNotContain(world.Relay.With(ResourceType.Cluster, $"{ns.Name}/stuck/80"), world.Relay.IsAcked);
        await ns.ReadyAsync("other");
    }

    [Fact]
    public async Task ClusterChangesAgainWhileItsAckIsOverdue_EnvoyEndsWithTheLastOne()
    {
        await using var ns = await shared.NamespaceAsync();
        var backend = await ns.StartAsync("x");
        await ns.ServiceAsync("x", TestNamespace.Port("http", 80));
        await ns.SliceAsync("x", backend, ("http", backend.Http1Port), ("http2", backend.Http2Port));
        await ns.ReadyAsync("x", Spec.External(ns.Host("x"), Spec.All(Spec.To("x"))));
        var (before, cluster, gate) = (Relay.Responses.Count, $"{ns.Name}/x/80", new TaskCompletionSource());
        Relay.BeforeRequest = request => Relay.Later(before, ResourceType.Cluster, cluster).Any(response => Relay.Answers(request, response)) ? gate.Task : Task.CompletedTask;

        await ns.ServiceAsync("x", TestNamespace.Port("http2", 80));
        await Eventually.TrueAsync(() => Relay.Later(before, ResourceType.Cluster, cluster).Count() == 1, XdsStack.Limit);
        await ns.ServiceAsync("x", TestNamespace.Port("http", 80));
        await Eventually.TrueAsync(() => Relay.Later(before, ResourceType.Cluster, cluster).Count() == 2, XdsStack.Limit);
        gate.SetResult();

        await Eventually.TrueAsync(() => Relay.Later(before, ResourceType.Cluster, cluster).All(Relay.IsAcked), XdsStack.Limit);
        await ns.ReadyAsync("x");
        await Eventually.TrueAsync(async () => await ns.External.GetAsync(ns.Host("x")) is { Code: 200 } answer && answer.Seen.Protocol == "HTTP/1.1", XdsStack.Limit);
        Assert.Empty(Relay.Nacks.Select(nack => nack.ErrorDetail.Message));
    }

    [Fact]
    [Trap("every EDS name is answered")]
    public async Task ServiceWithoutAnyEndpoints_TheClusterIsTakenAtOnce()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ServiceAsync("empty", TestNamespace.Port("http", 80));

        await ns.IngressAsync("partly", Spec.External(ns.Host("partly"), Spec.Path("/empty", Spec.To("empty")), Spec.All(Spec.To("runtime"))));
        await Eventually.TrueAsync(() => Relay.With(ResourceType.Cluster, $"{ns.Name}/empty/80").Any(Relay.IsAcked), XdsStack.Limit);

        await Eventually.TrueAsync(() => Relay.With(ResourceType.ClusterLoadAssignment, $"{ns.Name}/empty/80").Any(), XdsStack.Limit);
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("partly"))).Code == 200, XdsStack.Limit);
        Assert.DoesNotContain("initial fetch timed out", shared.World.Envoy.Log, StringComparison.Ordinal);
    }

    [Fact]
    [Trap("the ACK of listeners comes before they listen, and makes nothing ready")]
    public Task ListenersAreAckedButWaitForTheirScopes_NothingIsReady() =>
        NothingIsReadyBeforeAsync(ResourceType.ScopedRouteConfiguration, ns => $"external|{ns.Host("first")}");

    [Fact]
    public Task ListenersAreAckedButWaitForTheirRoutes_NothingIsReady() =>
        NothingIsReadyBeforeAsync(ResourceType.RouteConfiguration, ns => $"{ns.Name}/first/external");

    /// <summary>A new gateway takes its listeners, and what they wait for is on its way.</summary>
    private static async Task NothingIsReadyBeforeAsync(ResourceType held, Func<TestNamespace, string> name)
    {
        await using var world = await KingressWorld.StartServerAsync();
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.IngressAsync("first", Spec.External(ns.Host("first"), Spec.All(Spec.To("runtime"))));
        await ns.ConditionAsync("first", "Ready", "Unknown", "Uninitialized");
        var gate = new TaskCompletionSource();
        var starting = world.StartRelayedEnvoyAsync(relay => relay.BeforeResponse = response => response.TypeUrl == held.TypeUrl() ? gate.Task : Task.CompletedTask);

        await Eventually.TrueAsync(() => world.Relay is not null, XdsStack.Limit);
        await world.Relay.SaysAsync(() => world.Relay.Responses.Any(response => response.TypeUrl == ResourceType.Listener.TypeUrl() && world.Relay.IsAcked(response)));
        await world.Relay.SaysAsync(() => world.Relay.With(held, name(ns)).Any());

        await Assert.ThrowsAsync<HttpRequestException>(() => ns.External.GetAsync(ns.Host("first")));
        await ns.ConditionAsync("first", "Ready", "Unknown", "Uninitialized");
        gate.SetResult();
        await starting;
        await ns.ReadyAsync("first");
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("first"))).Code);
    }
}
