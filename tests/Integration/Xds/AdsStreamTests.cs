using Envoy.Service.Discovery.V3;
using Grpc.Core;
using Grpc.Net.Client;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Testing;
using Knative.Xds.Testing.Gateways;

namespace Knative.Xds.Integration.Xds;

/// <summary>The whole server over real gRPC and the embedded API, with a gateway of our own.</summary>
public sealed class AdsStreamTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ingress_NoGateway_WaitsWithUpstreamsWords()
    {
        await using var stack = await XdsStack.StartAsync();
        await stack.ServiceAsync("svc", 9000);
        await stack.IngressAsync("a", "a.example.com", ("svc", 100));

        var condition = await stack.ConditionAsync("a", "Ready", "Unknown", "Uninitialized");

        Assert.Equal("Waiting for load balancer to be ready", condition.Message);
    }

    [Fact]
    public async Task Ingress_GatewayTakesEverything_IsReady()
    {
        await using var stack = await XdsStack.StartAsync();
        await using var gateway = await TestGateway.ConnectAsync(stack.XdsPort);
        await stack.ServiceAsync("svc", 9000);
        await stack.IngressAsync("a", "a.example.com", ("svc", 100));

        await stack.ConditionAsync("a", "Ready", "True");

        Assert.True(gateway.Holds(ResourceType.RouteConfiguration, "default/a/external"));
        Assert.True(gateway.Holds(ResourceType.ClusterLoadAssignment, "default/svc/80"));
        Assert.EndsWith(".svc.cluster.local", Assert.Single((await stack.StatusAsync("a"))!.PublicLoadBalancer!.Ingress!).DomainInternal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ingress_GatewayRefusesItsRoutes_SaysWhyAndTheOthersAreReady()
    {
        await using var stack = await XdsStack.StartAsync();
        await stack.ServiceAsync("svc", 9000);
        foreach (var name in new[] { "a", "bad", "c", "d" })
        {
            await stack.IngressAsync(name, $"{name}.example.com", ("svc", 100));
        }

        await using var gateway = await TestGateway.ConnectAsync(stack.XdsPort);
        gateway.Refuse = id => id == new ResourceId(ResourceType.RouteConfiguration, "default/bad/local") ? "no such thing" : null;

        var condition = await stack.ConditionAsync("bad", "LoadBalancerReady", "False", "GatewayRefused");
        Assert.Equal("no such thing", condition.Message);
        foreach (var name in new[] { "a", "c", "d" })
        {
            await stack.ConditionAsync(name, "Ready", "True");
        }
    }

    [Fact]
    public async Task GatewayThatReadsAndNeverAnswers_DoesNotCountAfterTheLimit_UntilItAnswers()
    {
        await using var stack = await XdsStack.StartAsync(options => options.HoldLimit = TimeSpan.FromSeconds(2));
        await using var gateway = await TestGateway.ConnectAsync(stack.XdsPort);
        await using var mute = await TestGateway.ConnectAsync(stack.XdsPort);
        await stack.ServiceAsync("svc", 9000);
        await stack.IngressAsync("a", "a.example.com", ("svc", 100));
        await stack.ConditionAsync("a", "Ready", "True");

        mute.IsMute = type => type == ResourceType.RouteConfiguration;
        await stack.IngressAsync("b", "b.example.com", ("svc", 100));
        await stack.ConditionAsync("b", "Ready", "True");
        Assert.True(mute.Holds(ResourceType.RouteConfiguration, "default/b/external"));
        Assert.Equal(1, await stack.MetricAsync("kxds_xds_silent_gateways{fleet=\"default\"}"));

        await mute.SpeakAsync();
        await Eventually.TrueAsync(async () => await stack.MetricAsync("kxds_xds_silent_gateways{fleet=\"default\"}") == 0, XdsStack.Limit);
        await stack.IngressAsync("c", "c.example.com", ("svc", 100));
        await stack.ConditionAsync("c", "Ready", "True");
        Assert.True(mute.Holds(ResourceType.RouteConfiguration, "default/c/external"));
    }

    [Fact]
    public async Task Ingress_OfAnotherClass_IsLeftAlone()
    {
        await using var stack = await XdsStack.StartAsync();
        await using var gateway = await TestGateway.ConnectAsync(stack.XdsPort);
        await stack.ServiceAsync("svc", 9000);
        await stack.IngressAsync("ours", "ours.example.com", ("svc", 100));
        await stack.IngressAsync("theirs", "theirs.example.com", ("svc", 100));
        await stack.ConditionAsync("theirs", "Ready", "True");
        await stack.Client.PatchAsync<Knative.Xds.Kube.Api.KIngress>(
            new("default", "theirs"),
            new k8s.Models.V1Patch("""{"metadata":{"annotations":{"networking.knative.dev/ingress.class":"other"}}}""", k8s.Models.V1Patch.PatchType.MergePatch),
            null,
            CancellationToken.None);

        await Eventually.TrueAsync(() => !gateway.Holds(ResourceType.ScopedRouteConfiguration, "external|theirs.example.com"), XdsStack.Limit);

        Assert.True(gateway.Holds(ResourceType.ScopedRouteConfiguration, "external|ours.example.com"));
    }

    [Fact]
    public async Task Sotw_Stream_GetsTheWholeCollection()
    {
        await using var stack = await XdsStack.StartAsync();
        await stack.ServiceAsync("svc", 9000);
        await stack.IngressAsync("a", "a.example.com", ("svc", 100));
        await stack.ConditionAsync("a", "Ready", "Unknown", "Uninitialized");
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{stack.XdsPort}");
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).StreamAggregatedResources(cancellationToken: Cancel);

        await call.RequestStream.WriteAsync(new DiscoveryRequest { Node = new() { Id = "sotw" }, TypeUrl = ResourceType.ScopedRouteConfiguration.TypeUrl() }, Cancel);

        Assert.True(await call.ResponseStream.MoveNext(Cancel).WaitAsync(XdsStack.Limit, Cancel));
        Assert.Equal(2, call.ResponseStream.Current.Resources.Count);
    }

    [Fact]
    public async Task Stream_WithoutNode_EndsWithInvalidArgument()
    {
        await using var stack = await XdsStack.StartAsync();
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{stack.XdsPort}");
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(cancellationToken: Cancel);

        await call.RequestStream.WriteAsync(new DeltaDiscoveryRequest { TypeUrl = ResourceType.Cluster.TypeUrl() }, Cancel);

        var refusal = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Cancel)).WaitAsync(XdsStack.Limit, Cancel);
        Assert.Equal(StatusCode.InvalidArgument, refusal.StatusCode);
    }
}
