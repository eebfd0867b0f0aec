using Envoy.Service.Discovery.V3;
using Grpc.Net.Client;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Integration.Xds;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Kingress;

/// <summary>Defects that show when a server starts, or when there are two.</summary>
public sealed class RestartDefectTests
{
    private const int Ingresses = 8;
    private const int HostsOfEach = 1_000;
    private const int MaxBytesUnlessTold = 4 * 1024 * 1024;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    [Defect(10)]
    public async Task Defect10_ServerStartsWithBrokenIngresses_TheOthersAreServedAndItIsReady()
    {
        await using var world = await KingressWorld.StartAsync();
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("runtime");
        await ns.ReadyAsync("good", Spec.External(ns.Host("good"), Spec.All(Spec.To("runtime"))));
        await ns.IngressAsync("no-service", Spec.External(ns.Host("no-service"), Spec.All(Spec.To("missing"))));
        await ns.IngressAsync("percents", Spec.External(ns.Host("percents"), Spec.All(Spec.To("runtime", 1), Spec.To("runtime", 2))));
        await ns.IngressAsync("no-secret", new KIngressSpec
        {
            Rules = [Spec.External(ns.Host("no-secret"), Spec.All(Spec.To("runtime")))],
            Tls = [new KIngressTls { Hosts = [ns.Host("no-secret")], SecretName = "missing", SecretNamespace = ns.Name }],
        });
        await ns.IngressAsync("twin", Spec.External(ns.Host("good"), Spec.All(Spec.To("runtime"))));
        await ns.ConditionAsync("percents", "Ready", "False");
        await ns.ConditionAsync("twin", "Ready", "False", "DomainConflict");

        await world.Server.RestartAsync();
        await ns.ReadyAsync("later", Spec.External(ns.Host("later"), Spec.All(Spec.To("runtime"))));

        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("good"))).Code);
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("later"))).Code);
        Assert.Equal(200, (await ns.External.GetAsync(ns.Host("no-secret"))).Code);
        // Any other answer than 200 throws.
        Assert.DoesNotContain("caches", await world.Server.AdminAsync("/readyz"), StringComparison.Ordinal);
    }

    [Fact]
    [Defect(2)]
    public async Task Defect02_TwoReplicasOnOneApi_GiveTheSameVersionsOfEverything()
    {
        await using var world = await KingressWorld.StartServerAsync();
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("blue");
        await ns.BackendAsync("green");
        for (var i = 0; i < 20; i++)
        {
            await ns.IngressAsync($"i{i}", Spec.External(
                [ns.Host($"z{i}"), ns.Host($"a{i}"), ns.Host($"m{i}")],
                Spec.All(Spec.To("blue", 30).Setting("Z", "1").Setting("A", "2"), Spec.To("green", 70)).When("Q", "1").When("B", "2").Setting("Y", "3").Setting("C", "4"),
                Spec.Path($"/p{i}", Spec.To("green"))));
        }

        await ns.ConditionAsync("i19", "LoadBalancerReady", "Unknown", "Uninitialized");
        await using var replica = await world.Server.ReplicaAsync();
        await using var one = await TestGateway.ConnectAsync(world.Server.XdsPort);
        await using var other = await TestGateway.ConnectAsync(replica.Port);
        await Eventually.TrueAsync(() => one.Holds(ResourceType.RouteConfiguration, $"{ns.Name}/i19/local") && other.Held.Count == one.Held.Count, XdsStack.Limit);

        // Per ingress 2 visibilities of 3 hosts and of one route configuration.
        Assert.InRange(one.Held.Count, 20 * 2 * 4, int.MaxValue);
        Assert.Equal(one.Held.OrderBy(Name), other.Held.OrderBy(Name));
    }

    [Fact]
    [Trap("a reconnecting Envoy names all that it holds in one message")]
    public async Task EnvoyReconnectsWithMoreThanGrpcTakesUnlessTold_NothingIsSentAgainAndChangesArrive()
    {
        await using var world = await KingressWorld.StartServerAsync();
        await using var ns = await world.NamespaceAsync();
        await ns.BackendAsync("runtime");
        // Few objects with many hosts of the greatest length: Envoy names each, twice for the two listeners.
        for (var i = 0; i < Ingresses; i++)
        {
            await ns.IngressAsync($"i{i}", Spec.External([.. Enumerable.Range(0, HostsOfEach).Select(host => LongHost(ns, i, host))], Spec.All(Spec.To("runtime"))));
        }

        await ns.ConditionAsync($"i{Ingresses - 1}", "LoadBalancerReady", "Unknown", "Uninitialized");
        await world.StartRelayedEnvoyAsync();
        for (var i = 0; i < Ingresses; i++)
        {
            await ns.ReadyAsync($"i{i}");
        }

        var (requests, responses) = (world.Relay.Requests.Count, world.Relay.Responses.Count);
        await world.Relay.CutAsync();
        await ns.ReadyAsync("marker", Spec.External(ns.Host("marker"), Spec.All(Spec.To("runtime"))));

        var naming = world.Relay.Requests.Skip(requests).MaxBy(request => request.InitialResourceVersions.Count)!;
        Assert.Equal((ResourceType.ScopedRouteConfiguration.TypeUrl(), Ingresses * HostsOfEach * 2), (naming.TypeUrl, naming.InitialResourceVersions.Count));
        Assert.InRange(naming.CalculateSize(), MaxBytesUnlessTold + 1, int.MaxValue);
        Assert.Equal(
            [$"external|{ns.Host("marker")}", $"local|{ns.Host("marker")}", $"{ns.Name}/marker/external", $"{ns.Name}/marker/local"],
            world.Relay.Responses.Skip(responses).SelectMany(response => response.Resources).Select(resource => resource.Name).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal("runtime", (await ns.External.GetAsync(LongHost(ns, 0, 0))).Backend);
    }

    [Fact]
    public async Task ReconnectWithFiveMegabytesOfNames_IsAnswered()
    {
        await using var stack = await XdsStack.StartAsync();
        await stack.ServiceAsync("svc", 9000);
        await stack.IngressAsync("a", "a.example.com", ("svc", 100));
        await stack.ConditionAsync("a", "Ready", "Unknown", "Uninitialized");
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{stack.XdsPort}");
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(cancellationToken: Cancel);
        var request = new DeltaDiscoveryRequest { Node = new() { Id = "big" }, TypeUrl = ResourceType.RouteConfiguration.TypeUrl() };
        foreach (var i in Enumerable.Range(0, 40_000))
        {
            var name = $"namespace-{i % 100}/an-ingress-with-a-rather-long-name-{i}/external";
            request.ResourceNamesSubscribe.Add(name);
            request.InitialResourceVersions[name] = "0123456789abcdef";
        }

        request.ResourceNamesSubscribe.Add("default/a/external");
        Assert.InRange(request.CalculateSize(), 5_000_000, int.MaxValue);

        await call.RequestStream.WriteAsync(request, Cancel);
        Assert.True(await call.ResponseStream.MoveNext(Cancel).WaitAsync(XdsStack.Limit, Cancel));

        Assert.Contains(call.ResponseStream.Current.Resources, resource => resource.Name == "default/a/external");
    }

    // About as many characters as a name may have.
    private static string LongHost(TestNamespace ns, int ingress, int host) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{new string('a', 63)}.{new string('b', 63)}.{new string('c', 63)}.{new string('d', 30)}.h{ingress}-{host}.{ns.Name}.example.com");

    private static string Name(KeyValuePair<ResourceId, string> held) => $"{held.Key}";
}
