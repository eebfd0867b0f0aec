using Envoy.Config.Route.V3;
using Envoy.Service.Discovery.V3;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Kingress;

/// <summary>What the real Envoy does with a stream, where a server that does not know loses requests or time.</summary>
public sealed class EnvoyTrapTests(RelayedKingressWorld shared) : IClassFixture<RelayedKingressWorld>
{
    private const int MaxBytesPerChange = 4096;

    private AdsRelay Relay => shared.Relay;

    [Fact]
    [Trap("ready only after the ACK of the routes")]
    public async Task RoutesAreOnTheirWay_ScopeIsTaken_TheIngressIsNotReadyYet()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        var gate = new TaskCompletionSource();
        Relay.BeforeResponse = response => Has(response, ResourceType.RouteConfiguration, $"{ns.Name}/new/external") ? gate.Task : Task.CompletedTask;

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
    [Defect(22)]
    public async Task Defect22_BackendAnswers401ToEverything_ReadyStillMeansInEffect()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("old", new BackendOptions { Handler = context => Task.FromResult(context.Response.StatusCode = 401) });
        await ns.BackendAsync("new", new BackendOptions { Handler = context => Task.FromResult(context.Response.StatusCode = 403) });
        await ns.ReadyAsync("auth", Spec.External(ns.Host("auth"), Spec.All(Spec.To("old"))));
        var gate = new TaskCompletionSource();
        Relay.BeforeResponse = response => Has(response, ResourceType.RouteConfiguration, $"{ns.Name}/auth/external") ? gate.Task : Task.CompletedTask;

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
        await Eventually.TrueAsync(() => Later(before, ResourceType.Cluster, $"{ns.Name}/runtime/80").Any(Relay.IsAcked), XdsStack.Limit);
        var sent = Relay.Responses.Skip(before).ToList();
        var cluster = sent.FindIndex(response => Has(response, ResourceType.Cluster, $"{ns.Name}/runtime/80"));
        Assert.InRange(sent.FindIndex(response => Has(response, ResourceType.ClusterLoadAssignment, $"{ns.Name}/runtime/80")), cluster + 1, int.MaxValue);
        await ns.SliceAsync("runtime", "runtime", backend.Address, ("web", backend.Http2Port));

        await Eventually.TrueAsync(async () => await ns.External.GetAsync(ns.Host("modified")) is { Code: 200, Seen.Protocol: "HTTP/2" }, XdsStack.Limit);
        Assert.DoesNotContain("initial fetch timed out", shared.World.Envoy.Log, StringComparison.Ordinal);
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

        Assert.True(Relay.With(ResourceType.ClusterLoadAssignment, $"{ns.Name}/empty/80").Any());
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("partly"))).Code == 200, XdsStack.Limit);
        Assert.DoesNotContain("initial fetch timed out", shared.World.Envoy.Log, StringComparison.Ordinal);
    }

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
            if (Has(response, ResourceType.RouteConfiguration, $"{ns.Name}/b/external"))
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
        Relay.BeforeRequest = request => Later(before, ResourceType.RouteConfiguration, $"{ns.Name}/retire/external").Any(response => response.Nonce == request.ResponseNonce) ? gate.Task : Task.CompletedTask;

        await ns.IngressAsync("retire", Spec.External(ns.Host("retire"), Spec.All(Spec.To("new"))));
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("retire"))).Backend == "new", XdsStack.Limit);
        Assert.DoesNotContain($"{ns.Name}/old/80", Relay.Responses.Skip(before).SelectMany(response => response.RemovedResources));

        gate.SetResult();
        await Eventually.TrueAsync(() => Relay.Responses.Skip(before).Any(response => response.RemovedResources.Contains($"{ns.Name}/old/80")), XdsStack.Limit);
        await ns.ReadyAsync("retire");
        Assert.Empty(await load.StopAsync());
    }

    [Fact]
    [Trap("one change is one small resource")]
    [Defect(1)]
    public async Task Defect01_WeightsOfOneIngressChange_NothingElseIsSent()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("blue");
        await ns.BackendAsync("green");
        await ns.ReadyAsync("other", Spec.External(ns.Host("other"), Spec.All(Spec.To("blue"))));
        await ns.ReadyAsync("weights", Spec.External(ns.Host("weights"), Spec.All(Spec.To("blue", 90), Spec.To("green", 10))));
        var before = Relay.Responses.Count;

        await ns.ReadyAsync("weights", Spec.External(ns.Host("weights"), Spec.All(Spec.To("blue", 10), Spec.To("green", 90))));

        var sent = Relay.Responses.Skip(before).ToList();
        Assert.Equal([ResourceType.RouteConfiguration.TypeUrl()], sent.Select(response => response.TypeUrl).Distinct());
        Assert.Equal([$"{ns.Name}/weights/external", $"{ns.Name}/weights/local"], sent.SelectMany(response => response.Resources).Select(resource => resource.Name).Order());
        Assert.InRange(sent.Sum(response => response.CalculateSize()), 1, MaxBytesPerChange);
    }

    [Fact]
    [Defect(1)]
    public async Task Defect01_ReconcileWithoutAChange_NothingIsSent()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("same", Spec.External(ns.Host("same"), Spec.All(Spec.To("runtime"))));
        var before = Relay.Responses.Count;

        await ns.Api.PatchAsync<Knative.Xds.Kube.Api.KIngress>(
            new(ns.Name, "same"), new k8s.Models.V1Patch("""{"metadata":{"labels":{"touched":"yes"}}}""", k8s.Models.V1Patch.PatchType.MergePatch), null, CancellationToken.None);
        await ns.ReadyAsync("marker", Spec.External(ns.Host("marker"), Spec.All(Spec.To("runtime"))));

        Assert.DoesNotContain(
            Relay.Responses.Skip(before).SelectMany(response => response.Resources).Select(resource => resource.Name),
            name => name.Contains("/same/", StringComparison.Ordinal) || name.Contains("|same.", StringComparison.Ordinal));
    }

    [Fact]
    [Trap("routine changes never touch listeners")]
    public async Task HostsComeAndGo_ListenersAreNotSentAgainAndConnectionsStay()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("kept", Spec.External(ns.Host("kept"), Spec.All(Spec.To("runtime"))));
        using var connection = await RawHttp.ConnectAsync(ns.External.EndPoint, TestContext.Current.CancellationToken);
        var before = Relay.Responses.Count;
        for (var i = 0; i < 5; i++)
        {
            await ns.ReadyAsync($"i{i}", Spec.External(ns.Host($"i{i}"), Spec.All(Spec.To("runtime"))));
            await ns.DeleteAsync($"i{i}");
            await connection.SendAsync($"GET /{i} HTTP/1.1", $"Host: {ns.Host("kept")}", "");
            Assert.DoesNotContain("connection: close", await connection.ReadToAsync($"\"Target\":\"/{i}\"", TestContext.Current.CancellationToken), StringComparison.OrdinalIgnoreCase);
        }

        Assert.DoesNotContain(ResourceType.Listener.TypeUrl(), Relay.Responses.Skip(before).Select(response => response.TypeUrl));
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
        await Eventually.TrueAsync(() => Removal(before, $"{ns.Name}/runtime/80", ResourceType.Cluster) >= 0, XdsStack.Limit);

        var scopes = Removal(before, $"external|{ns.Host("gone")}", ResourceType.ScopedRouteConfiguration);
        var clusters = Removal(before, $"{ns.Name}/runtime/80", ResourceType.Cluster);
        Assert.InRange(scopes, 0, clusters - 1);
        Assert.Equal(404, (await ns.External.GetAsync(ns.Host("gone"))).Code);
    }

    [Fact]
    [Defect(3)]
    public async Task Defect03_EndpointsChange_OnlyEndpointsAreSentAndConnectionsToTheOthersStay()
    {
        await using var ns = await shared.NamespaceAsync();
        var stays = await ns.BackendAsync("pods");
        await ns.ReadyAsync("scale", Spec.External(ns.Host("scale"), Spec.All(Spec.To("pods"))));
        Assert.Equal("pods", (await ns.External.GetAsync(ns.Host("scale"))).Backend);
        var connections = stays.Connections;
        var before = Relay.Responses.Count;

        var comes = await ns.StartAsync("second");
        await ns.SliceAsync("pods", comes, ("http", comes.Http1Port));
        await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host("scale"))).Backend == "second", XdsStack.Limit);
        await ns.Api.DeleteAsync<k8s.Models.V1EndpointSlice>(new(ns.Name, $"pods-{comes.Http1Port}"), CancellationToken.None);
        await Eventually.TrueAsync(() => Later(before, ResourceType.ClusterLoadAssignment, $"{ns.Name}/pods/80").Count() == 2, XdsStack.Limit);

        Assert.Equal([ResourceType.ClusterLoadAssignment.TypeUrl()], Relay.Responses.Skip(before).Select(response => response.TypeUrl).Distinct());
        Assert.Equal("pods", (await ns.External.GetAsync(ns.Host("scale"))).Backend);
        Assert.Equal(connections, stays.Connections);
    }

    [Fact]
    [Trap("a reconnecting Envoy is sent only what differs")]
    [Defect(2)]
    public async Task Defect02_StreamIsCutAndServerRestarts_NothingIsSentAgain()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("blue");
        await ns.BackendAsync("green");
        for (var i = 0; i < 5; i++)
        {
            await ns.ReadyAsync($"i{i}", Spec.External(
                [ns.Host($"i{i}"), ns.Host($"j{i}")],
                Spec.All(Spec.To("blue", 50).Setting("A", "1").Setting("B", "2"), Spec.To("green", 50).Setting("C", "3")).When("X", "1").When("Y", "2").Setting("D", "4"),
                Spec.All(Spec.To("green"))));
        }

        var (before, requests) = (Relay.Responses.Count, Relay.Requests.Count);
        await shared.World.Server.RestartAsync();
        await Relay.CutAsync();
        await Eventually.TrueAsync(() => Relay.Requests.Skip(requests).Any(request => request.InitialResourceVersions.Count > 0), XdsStack.Limit);
        await ns.ReadyAsync("marker", Spec.External(ns.Host("marker"), Spec.All(Spec.To("blue"))));

        Assert.Equal(
            [$"external|{ns.Host("marker")}", $"local|{ns.Host("marker")}", $"{ns.Name}/marker/external", $"{ns.Name}/marker/local"],
            Relay.Responses.Skip(before).SelectMany(response => response.Resources).Select(resource => resource.Name).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    [Trap("of several refused routes the one at fault is found")]
    [Defect(21)]
    public async Task Defect21_EnvoyRefusesOneOfManyRoutes_ItsIngressSaysWhyAndTheOthersAreInEffect()
    {
        await using var world = await KingressWorld.StartServerAsync();
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("runtime");
        foreach (var name in new[] { "a", "bad", "c", "d" })
        {
            await ns.IngressAsync(name, Spec.External(ns.Host(name), Spec.All(Spec.To("runtime"))));
        }

        await ns.ConditionAsync("d", "LoadBalancerReady", "Unknown", "Uninitialized");
        await world.StartRelayedEnvoyAsync(relay => relay.Tamper = response => Doubled(response, $"{ns.Name}/bad/external"));

        var refusal = await ns.ConditionAsync("bad", "LoadBalancerReady", "False", "GatewayRefused");
        Assert.Contains("Only unique values for domains are permitted", refusal.Message, StringComparison.Ordinal);
        foreach (var name in new[] { "a", "c", "d" })
        {
            await ns.ReadyAsync(name);
            Assert.Equal(200, (await ns.External.GetAsync(ns.Host(name))).Code);
        }

        // Envoy took what stood before the bad one, said nothing of what stood behind it, and is asked again in smaller and smaller parts.
        var refused = world.Relay.Nacks.Select(nack => world.Relay.Responses.Single(response => response.Nonce == nack.ResponseNonce)).ToList();
        Assert.True(refused[0].Resources.Count > 1);
        Assert.Equal([$"{ns.Name}/bad/external"], refused[^1].Resources.Select(resource => resource.Name));
        var taken = world.Relay.Responses.Where(world.Relay.IsAcked).SelectMany(response => response.Resources).Select(resource => resource.Name).ToHashSet();
        Assert.All(new[] { "a", "c", "d" }, name => Assert.Contains($"{ns.Name}/{name}/external", taken));

        await ns.ReadyAsync("later", Spec.External(ns.Host("later"), Spec.All(Spec.To("runtime"))));
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("later"))).Code);
    }

    [Fact]
    [Trap("a refused assignment takes the good ones of its response along")]
    public async Task EnvoyRefusesOneOfManyAssignments_TheOthersAreInEffect()
    {
        await using var world = await KingressWorld.StartServerAsync();
        await using var ns = await world.NamespaceAsync();
        foreach (var name in new[] { "a", "bad", "c" })
        {
            await ns.BackendAsync(name);
            await ns.IngressAsync(name, Spec.External(ns.Host(name), Spec.All(Spec.To(name))));
        }

        await ns.ConditionAsync("c", "LoadBalancerReady", "Unknown", "Uninitialized");
        await world.StartRelayedEnvoyAsync(relay => relay.Tamper = response => WithoutName(response, $"{ns.Name}/bad/80"));

        foreach (var name in new[] { "a", "c" })
        {
            await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host(name))).Code == 200, XdsStack.Limit);
        }

        Assert.NotEmpty(world.Relay.Nacks.Select(nack => nack.ErrorDetail.Message));
    }

    [Fact]
    [Trap("a refused cluster does not stop the good ones of its response")]
    public async Task EnvoyRefusesOneOfManyClusters_TheOthersAreInEffect()
    {
        await using var world = await KingressWorld.StartServerAsync();
        await using var ns = await world.NamespaceAsync();
        foreach (var name in new[] { "a", "bad", "c" })
        {
            await ns.BackendAsync(name);
            await ns.IngressAsync(name, Spec.External(ns.Host(name), Spec.All(Spec.To(name))));
        }

        await ns.ConditionAsync("c", "LoadBalancerReady", "Unknown", "Uninitialized");
        await world.StartRelayedEnvoyAsync(relay => relay.Tamper = response => WithoutSource(response, $"{ns.Name}/bad/80"));

        foreach (var name in new[] { "a", "c" })
        {
            await Eventually.TrueAsync(async () => (await ns.External.GetAsync(ns.Host(name))).Code == 200, XdsStack.Limit);
            await ns.ReadyAsync(name);
        }

        Assert.NotEmpty(world.Relay.Nacks.Select(nack => nack.ErrorDetail.Message));
    }

    [Fact]
    [Trap("statistics of clusters are left out")]
    public async Task Bootstrap_NoStatisticsPerClusterHostOrRoute()
    {
        await using var ns = await shared.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("stats", Spec.External(ns.Host("stats"), Spec.All(Spec.To("runtime"))));
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("stats"))).Code);
        using var admin = new HttpClient { BaseAddress = await shared.World.Envoy.AdminAsync() };

        var names = (await admin.GetStringAsync(new Uri("stats", UriKind.Relative), TestContext.Current.CancellationToken)).Split('\n');

        Assert.DoesNotContain(names, name => name.StartsWith("cluster.", StringComparison.Ordinal) || name.StartsWith("vhost.", StringComparison.Ordinal) || name.Contains(".rds.", StringComparison.Ordinal));
        Assert.Contains(names, name => name.StartsWith("http.external.", StringComparison.Ordinal));
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

    private IEnumerable<DeltaDiscoveryResponse> Later(int skipped, ResourceType type, string name) => Relay.Responses.Skip(skipped).Where(response => Has(response, type, name));

    private int Removal(int skipped, string name, ResourceType type) => Relay.Responses.Skip(skipped).ToList().FindIndex(response => response.TypeUrl == type.TypeUrl() && response.RemovedResources.Contains(name));

    private static bool Has(DeltaDiscoveryResponse response, ResourceType type, string name) => response.TypeUrl == type.TypeUrl() && response.Resources.Any(resource => resource.Name == name);

    /// <summary>The same response, where one route configuration has a domain twice.</summary>
    private static DeltaDiscoveryResponse Doubled(DeltaDiscoveryResponse response, string name) => Change(response, ResourceType.RouteConfiguration, name, bytes =>
    {
        var routes = RouteConfiguration.Parser.ParseFrom(bytes);
        var twin = routes.VirtualHosts[0].Clone();
        twin.Name += "-twin";
        routes.VirtualHosts.Add(twin);
        return Google.Protobuf.MessageExtensions.ToByteString(routes);
    });

    /// <summary>The same response, where one assignment is not valid.</summary>
    private static DeltaDiscoveryResponse WithoutName(DeltaDiscoveryResponse response, string name) => Change(response, ResourceType.ClusterLoadAssignment, name, bytes =>
    {
        var assignment = Envoy.Config.Endpoint.V3.ClusterLoadAssignment.Parser.ParseFrom(bytes);
        assignment.Endpoints[0].LbEndpoints[0].Endpoint.Address.SocketAddress.Address = "not-an-address";
        return Google.Protobuf.MessageExtensions.ToByteString(assignment);
    });

    /// <summary>The same response, where one cluster does not say where its endpoints come from.</summary>
    private static DeltaDiscoveryResponse WithoutSource(DeltaDiscoveryResponse response, string name) => Change(response, ResourceType.Cluster, name, bytes =>
    {
        var cluster = Envoy.Config.Cluster.V3.Cluster.Parser.ParseFrom(bytes);
        cluster.EdsClusterConfig = null;
        return Google.Protobuf.MessageExtensions.ToByteString(cluster);
    });

    private static DeltaDiscoveryResponse Change(DeltaDiscoveryResponse response, ResourceType type, string name, Func<Google.Protobuf.ByteString, Google.Protobuf.ByteString> change)
    {
        if (!Has(response, type, name))
        {
            return response;
        }

        var changed = response.Clone();
        var resource = changed.Resources.Single(resource => resource.Name == name);
        resource.Resource_.Value = change(resource.Resource_.Value);
        return changed;
    }
}
