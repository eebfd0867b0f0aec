using Envoy.Service.Discovery.V3;
using Grpc.Core;
using Grpc.Net.Client;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Testing.Gateways;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.Integration.Xds;

/// <summary>Several gateway fleets on one server.</summary>
public sealed class FleetTests
{
    private static readonly FleetOptions[] Fleets =
    [
        new() { Name = "prod", IngressClasses = ["shared"], Selector = "env=prod", PublicAddress = "prod.example.svc", PrivateAddress = "prod-local.example.svc" },
        new() { Name = "all", IngressClasses = ["shared", "dev"], PublicAddress = "all.example.svc", PrivateAddress = "all-local.example.svc" },
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TwoFleets_EachGatewayHasItsFleetsIngressesAndStatusNamesTheFirst()
    {
        await using var stack = await StartAsync();
        await stack.IngressAsync("a", "shared", new() { ["env"] = "prod" }, ["a.example.com"], ("svc", 100));
        await stack.IngressAsync("b", "dev", null, ["b.example.com"], ("svc", 100));
        await using var all = await TestGateway.ConnectAsync(stack.XdsPort, "all");

        await stack.ConditionAsync("b", "Ready", "True");
        // It is also prod's, and no gateway of prod is there yet.
        await stack.ConditionAsync("a", "Ready", "Unknown", "Uninitialized");
        await using var prod = await TestGateway.ConnectAsync(stack.XdsPort, "prod");
        await stack.ConditionAsync("a", "Ready", "True");

        Assert.Equal(["external|a.example.com", "local|a.example.com"], ScopesOf(prod));
        Assert.Equal(["external|a.example.com", "external|b.example.com", "local|a.example.com", "local|b.example.com"], ScopesOf(all));
        // Serving takes more than one entry for an error.
        Assert.Equal(["prod.example.svc"], (await stack.StatusAsync("a"))!.PublicLoadBalancer!.Ingress!.Select(entry => entry.DomainInternal));
        Assert.Equal(["all-local.example.svc"], (await stack.StatusAsync("b"))!.PrivateLoadBalancer!.Ingress!.Select(entry => entry.DomainInternal));
    }

    [Fact]
    public async Task LabelChanges_TheIngressMovesBetweenFleets()
    {
        await using var stack = await StartAsync();
        await using var prod = await TestGateway.ConnectAsync(stack.XdsPort, "prod");
        await using var all = await TestGateway.ConnectAsync(stack.XdsPort, "all");
        await stack.IngressAsync("a", "shared", new() { ["env"] = "prod" }, ["a.example.com"], ("svc", 100));
        await stack.ConditionAsync("a", "Ready", "True");

        await stack.IngressAsync("a", "shared", new() { ["env"] = "dev" }, ["a.example.com"], ("svc", 100));

        await Testing.Eventually.TrueAsync(() => ScopesOf(prod).Length == 0, XdsStack.Limit);
        Assert.Equal(2, ScopesOf(all).Length);
    }

    [Fact]
    public async Task UnknownFleet_IsRefusedAndToldWhichThereAre()
    {
        await using var stack = await StartAsync();
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{stack.XdsPort}");
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(cancellationToken: Cancel);
        var request = new DeltaDiscoveryRequest { Node = new() { Id = "gw", Metadata = new() }, TypeUrl = ResourceType.Cluster.TypeUrl() };
        request.Node.Metadata.Fields["kxds.fleet"] = Google.Protobuf.WellKnownTypes.Value.ForString("pord");

        await call.RequestStream.WriteAsync(request, Cancel);

        var refusal = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancel)).WaitAsync(XdsStack.Limit, Cancel);
        Assert.Equal((StatusCode.InvalidArgument, "node gw: there is no fleet \"pord\"; the fleets are prod, all"), (refusal.StatusCode, refusal.Status.Detail));
    }

    [Fact]
    public async Task TwoFleetsOfRealEnvoys_EachAnswersItsOwnHostsAnd404sTheOthers_AndBothWhatTheyShare()
    {
        Testing.RealComponents.OrSkip(Testing.RealComponents.Envoy, "envoy");
        var listeners = FixedEndPoint.Free(4);
        await using var stack = await XdsStack.StartAsync(fleets:
        [
            new() { Name = "blue", IngressClasses = ["blue", "shared"], ExternalListen = listeners[0], LocalListen = listeners[1] },
            new() { Name = "green", IngressClasses = ["green", "shared"], ExternalListen = listeners[2], LocalListen = listeners[3] },
        ]);
        await using var backend = await Backend.StartAsync("a");
        await stack.ServiceAsync("svc", backend.Port);
        await using var blue = RealEnvoy.Start(new RealEnvoyOptions { XdsPort = stack.XdsPort, ExternalListen = listeners[0], NodeId = "gateway-blue", Fleet = "blue" });
        await using var green = RealEnvoy.Start(new RealEnvoyOptions { XdsPort = stack.XdsPort, ExternalListen = listeners[2], NodeId = "gateway-green", Fleet = "green" });
        foreach (var name in new[] { "blue", "green", "shared" })
        {
            await stack.IngressAsync(name, name, null, [$"{name}.example.com"], ("svc", 100));
            await stack.ConditionAsync(name, "Ready", "True");
        }

        await blue.AnswersAsync("shared.example.com", "a");
        await green.AnswersAsync("shared.example.com", "a");
        await blue.AnswersAsync("blue.example.com", "a");
        await green.AnswersAsync("green.example.com", "a");
        Assert.Equal(404, (await blue.GetAsync("green.example.com")).Code);
        Assert.Equal(404, (await green.GetAsync("blue.example.com")).Code);

        // An ingress that moves is answered by its new fleet alone.
        await stack.IngressAsync("blue", "green", null, ["blue.example.com"], ("svc", 100));
        await stack.ConditionAsync("blue", "Ready", "True");
        await green.AnswersAsync("blue.example.com", "a");
        await Testing.Eventually.TrueAsync(async () => (await blue.GetAsync("blue.example.com")).Code == 404, XdsStack.Limit);
    }

    private static async Task<XdsStack> StartAsync()
    {
        var stack = await XdsStack.StartAsync(fleets: Fleets);
        await stack.ServiceAsync("svc", 9000);
        return stack;
    }

    private static string[] ScopesOf(TestGateway gateway) => [.. gateway.Held.Keys.Where(id => id.Type == ResourceType.ScopedRouteConfiguration).Select(id => id.Name).Order(StringComparer.Ordinal)];
}
