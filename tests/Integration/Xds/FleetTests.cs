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

    private static async Task<XdsStack> StartAsync()
    {
        var stack = await XdsStack.StartAsync(fleets: Fleets);
        await stack.ServiceAsync("svc", 9000);
        return stack;
    }

    private static string[] ScopesOf(TestGateway gateway) => [.. gateway.Held.Keys.Where(id => id.Type == ResourceType.ScopedRouteConfiguration).Select(id => id.Name).Order(StringComparer.Ordinal)];
}
