using Envoy.Config.Core.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Integration.Kingress.Harness;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Xds;

/// <summary>Mutual TLS on the xDS port, over real gRPC.</summary>
public sealed class TlsStreamTests : IAsyncLifetime
{
    private readonly TestAuthority _authority = TestAuthority.Create();
    private readonly TlsFolder _folder = new();
    private XdsStack _stack = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _folder.Write(_authority, _authority.RootPem, TlsFolder.ServerName);
        _stack = await XdsStack.StartAsync(configure: _folder.Configure);
    }

    public async ValueTask DisposeAsync()
    {
        await _stack.DisposeAsync();
        _folder.Dispose();
        _authority.Dispose();
    }

    [Fact]
    public async Task CertificateOfTheFleet_IsServed()
    {
        using var channel = TlsFolder.Channel(_stack.XdsPort, _authority, _authority.Issue(["default.kxds.kxds-gateway"]));

        Assert.Equal(ResourceType.Listener.TypeUrl(), (await SubscribeAsync(channel, new Node { Id = "gw-1", Cluster = "kxds" })).TypeUrl);
    }

    [Fact]
    public async Task CertificateOfAnotherCluster_IsDeniedWithTheReasonAndCounted()
    {
        using var channel = TlsFolder.Channel(_stack.XdsPort, _authority, _authority.Issue(["default.other.kxds-gateway"]));

        var refusal = await Assert.ThrowsAsync<RpcException>(() => SubscribeAsync(channel, new Node { Id = "gw-1", Cluster = "kxds" }));

        Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);
        Assert.Equal("the client certificate (default.other.kxds-gateway) is not for node \"gw-1\" of cluster \"kxds\" and fleet \"default\", see --node-identity", refusal.Status.Detail);
        Assert.Equal(1, await _stack.MetricAsync("kxds_xds_streams_refused_total{reason=\"identity\"}"));
    }

    [Fact]
    public async Task FleetThatTheMetadataClaims_IsHeldAgainstTheCertificateToo()
    {
        using var channel = TlsFolder.Channel(_stack.XdsPort, _authority, _authority.Issue(["spiffe://d/kxds/kxds/edge"]));
        var node = new Node { Id = "gw-1", Cluster = "kxds", Metadata = new Struct { Fields = { ["kxds.fleet"] = Value.ForString("default") } } };

        var refusal = await Assert.ThrowsAsync<RpcException>(() => SubscribeAsync(channel, node));

        Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);
    }

    [Fact]
    public async Task GrpcClientOnTheGatewaysPort_IsHeldAgainstItsCertificateToo()
    {
        using var channel = TlsFolder.Channel(_stack.XdsPort, _authority, _authority.Issue(["edge.kxds.kxds-gateway"]));
        var node = new Node { Id = "client", Cluster = "kxds", UserAgentName = "gRPC C-core", Metadata = new Struct { Fields = { ["kxds.fleet"] = Value.ForString("default") } } };

        var refusal = await Assert.ThrowsAsync<RpcException>(() => SubscribeAsync(channel, node));

        Assert.Equal(StatusCode.PermissionDenied, refusal.StatusCode);
        Assert.Contains("fleet \"default\", see --node-identity", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    [Defect(23)]
    public async Task Defect23_NoCertificate_OrOneOfAnotherAuthority_DoesNotConnect()
    {
        using var stranger = TestAuthority.Create("stranger");
        using var without = TlsFolder.Channel(_stack.XdsPort, _authority, null);
        using var other = TlsFolder.Channel(_stack.XdsPort, _authority, stranger.Issue(["default.kxds.kxds-gateway"]));

        foreach (var channel in new[] { without, other })
        {
            var refusal = await Assert.ThrowsAsync<RpcException>(() => SubscribeAsync(channel, new Node { Id = "gw-1", Cluster = "kxds" }));
            Assert.Contains(refusal.StatusCode, new[] { StatusCode.Unavailable, StatusCode.Internal });
        }
    }

    [Fact]
    public async Task FilesReplaced_NewConnectionsGetThem_AndOpenStreamsGoOn()
    {
        using var next = TestAuthority.Create("next");
        var (own, newcomer) = (_authority.Issue(["default.kxds.kxds-gateway"]), next.Issue(["default.kxds.kxds-gateway"]));
        using var before = TlsFolder.Channel(_stack.XdsPort, _authority, own);
        using var open = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(before).DeltaAggregatedResources(cancellationToken: Cancel);
        await AskAsync(open, ResourceType.Listener);

        _folder.Write(next, next.RootPem, TlsFolder.ServerName);

        using var after = TlsFolder.Channel(_stack.XdsPort, next, newcomer);
        await SubscribeAsync(after, new Node { Id = "gw-2", Cluster = "kxds" });
        using var withOldCertificate = TlsFolder.Channel(_stack.XdsPort, next, own);
        await Assert.ThrowsAsync<RpcException>(() => SubscribeAsync(withOldCertificate, new Node { Id = "gw-3", Cluster = "kxds" }));
        Assert.Equal(ResourceType.ScopedRouteConfiguration.TypeUrl(), (await AskAsync(open, ResourceType.ScopedRouteConfiguration)).TypeUrl);
        Assert.Equal(1, await _stack.MetricAsync("kxds_xds_certificate_loads_total"));
    }

    [Fact]
    public async Task FilesReplacedByBadOnes_NewConnectionsGoOnWithTheFormer()
    {
        _folder.Write("no certificate", "no key", _authority.RootPem);

        using var channel = TlsFolder.Channel(_stack.XdsPort, _authority, _authority.Issue(["default.kxds.kxds-gateway"]));
        await SubscribeAsync(channel, new Node { Id = "gw-1", Cluster = "kxds" });

        Assert.Equal(1, await _stack.MetricAsync("kxds_xds_certificate_problem"));
    }

    [Fact]
    [Defect(23)]
    public async Task Defect23_PlaintextClient_DoesNotConnect()
    {
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{_stack.XdsPort}");

        await Assert.ThrowsAsync<RpcException>(() => SubscribeAsync(channel, new Node { Id = "gw-1", Cluster = "kxds" }));
    }

    private static async Task<DeltaDiscoveryResponse> SubscribeAsync(GrpcChannel channel, Node node)
    {
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(cancellationToken: Cancel);
        return await AskAsync(call, ResourceType.Listener, node);
    }

    private static async Task<DeltaDiscoveryResponse> AskAsync(AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse> call, ResourceType type, Node? node = null)
    {
        try
        {
            await call.RequestStream.WriteAsync(new DeltaDiscoveryRequest { Node = node ?? new Node { Id = "gw-1", Cluster = "kxds" }, TypeUrl = type.TypeUrl() }, Cancel);
        }
        catch (Exception error) when (error is IOException or InvalidOperationException)
        {
            // The connection is gone already; the end of the call says why.
        }

        Assert.True(await call.ResponseStream.MoveNext(Cancel).WaitAsync(XdsStack.Limit, Cancel));
        return call.ResponseStream.Current;
    }
}
