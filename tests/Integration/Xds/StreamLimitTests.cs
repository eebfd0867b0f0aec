using System.Diagnostics;
using System.Net.Sockets;
using Envoy.Config.Core.V3;
using Envoy.Service.Discovery.V3;
using Grpc.Core;
using Grpc.Net.Client;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Kube.Api;
using Knative.Xds.XdsServer;

namespace Knative.Xds.Integration.Xds;

/// <summary>Each limit of a stream: the status that its client gets, and the count that an operator sees.</summary>
public sealed class StreamLimitTests
{
    private static readonly Node Node = new() { Id = "gw-1", Cluster = "kxds" };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RequestsThatAnswerNothing_BeyondTheRate_AreReadLater_AndTheStreamGoesOn()
    {
        await using var stack = await XdsStack.StartAsync(configure: options => (options.RequestBurst, options.RequestsPerSecond) = (20, 50));
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{stack.XdsPort}");
        using var call = await OpenAsync(channel);

        // As when clients of a gateway begin handshakes with names that there are not.
        for (var i = 0; i < 60; i++)
        {
            await call.RequestStream.WriteAsync(new DeltaDiscoveryRequest { TypeUrl = ResourceType.Secret.TypeUrl(), ResourceNamesSubscribe = { $"{i}.example.com" } }, Cancel);
            await call.RequestStream.WriteAsync(new DeltaDiscoveryRequest { TypeUrl = ResourceType.Secret.TypeUrl(), ResourceNamesUnsubscribe = { $"{i}.example.com" } }, Cancel);
        }

        await call.RequestStream.WriteAsync(new DeltaDiscoveryRequest { TypeUrl = ResourceType.Cluster.TypeUrl() }, Cancel);
        do
        {
            Assert.True(await call.ResponseStream.MoveNext(Cancel).WaitAsync(XdsStack.Limit, Cancel));
        }
        while (call.ResponseStream.Current.TypeUrl != ResourceType.Cluster.TypeUrl());

        Assert.True(await stack.MetricAsync("kxds_xds_requests_delayed_total") >= 1);
    }

    [Fact]
    public async Task NodeThatSaysTooMuch_IsRefused() => await RefusedAsync(
        options => options.MaxNodeBytes = 1000,
        "node_size", StatusCode.ResourceExhausted,
        call => call.RequestStream.WriteAsync(new DeltaDiscoveryRequest { Node = new Node { Id = "gw-1", Cluster = new string('x', 1000) }, TypeUrl = ResourceType.Cluster.TypeUrl() }, Cancel));

    [Fact]
    public async Task NodeWithoutId_IsRefused() => await RefusedAsync(
        _ => { }, "node", StatusCode.InvalidArgument,
        call => call.RequestStream.WriteAsync(new DeltaDiscoveryRequest { TypeUrl = ResourceType.Cluster.TypeUrl() }, Cancel));

    [Fact]
    public async Task HeldResources_BeyondTheNumberOfNames_AreRefused() => await RefusedAsync(
        options => options.MaxNames = 10,
        "names", StatusCode.ResourceExhausted,
        call => call.RequestStream.WriteAsync(
            new DeltaDiscoveryRequest { Node = Node, TypeUrl = ResourceType.Cluster.TypeUrl(), InitialResourceVersions = { Enumerable.Range(0, 11).ToDictionary(i => $"name-{i}", _ => "v") } }, Cancel));

    [Fact]
    public async Task Names_BeyondTheirNumber_EndTheStream() => await RefusedAsync(
        options => options.MaxNames = 10,
        "names", StatusCode.ResourceExhausted,
        call => call.RequestStream.WriteAsync(
            new DeltaDiscoveryRequest { Node = Node, TypeUrl = ResourceType.ClusterLoadAssignment.TypeUrl(), ResourceNamesSubscribe = { Enumerable.Range(0, 11).Select(i => $"name-{i}") } }, Cancel));

    [Fact]
    public async Task MessageThatIsTooLarge_IsRefused() => await RefusedAsync(
        options => options.MaxMessageBytes = 10_000,
        "message_size", StatusCode.ResourceExhausted,
        call => call.RequestStream.WriteAsync(new DeltaDiscoveryRequest { Node = new Node { Id = new string('x', 20_000) }, TypeUrl = ResourceType.Cluster.TypeUrl() }, Cancel));

    [Fact]
    public async Task NamesOfAllTypes_TooLongTogether_EndTheStream() => await RefusedAsync(
        options => options.MaxTotalNameLength = 1_000,
        "names", StatusCode.ResourceExhausted,
        call => call.RequestStream.WriteAsync(
            new DeltaDiscoveryRequest { Node = Node, TypeUrl = ResourceType.Cluster.TypeUrl(), InitialResourceVersions = { { "name", new string('v', 1_000) } } }, Cancel));

    [Fact]
    public async Task PackedMessage_IsRefusedBeforeItIsUnpacked()
    {
        await using var stack = await XdsStack.StartAsync();
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{stack.XdsPort}/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources")
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            // Packed, of one byte.
            Content = new ByteArrayContent([1, 0, 0, 0, 1, 0]),
        };
        request.Content.Headers.ContentType = new("application/grpc");
        request.Headers.Add("grpc-encoding", "gzip");
        request.Headers.Add("te", "trailers");

        using var answer = await http.SendAsync(request, Cancel);
        await answer.Content.ReadAsStringAsync(Cancel);

        Assert.Equal($"{(int)StatusCode.Unimplemented}", Assert.Single(answer.TrailingHeaders.TryGetValues("grpc-status", out var trailer) ? trailer : answer.Headers.GetValues("grpc-status")));
    }

    [Fact]
    public async Task ClientOfTheOpenPort_MayAskForAllHostsThatItMayHave_AndSendNoLargerMessage()
    {
        await using var stack = await XdsStack.StartAsync(configure: options => (options.ProxylessListen, options.MaxNodeBytes, options.MaxProxylessHosts, options.MaxNameLength) = ("127.0.0.1:0", 1_000, 20, 100));
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{stack.ClientPort}");
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).StreamAggregatedResources(cancellationToken: Cancel);
        for (var i = 0; i < 3; i++)
        {
            // Together they are more than one may be.
            var names = Enumerable.Range(0, 20).Select(name => $"{i}-{name}-{new string('x', 50)}.example.com");
            await call.RequestStream.WriteAsync(new DiscoveryRequest { Node = new Node { Id = "client", UserAgentName = "gRPC C-core" }, TypeUrl = ResourceType.Listener.TypeUrl(), ResourceNames = { names } }, Cancel);
            Assert.True(await call.ResponseStream.MoveNext(Cancel).WaitAsync(XdsStack.Limit, Cancel));
        }

        var large = new DiscoveryRequest { TypeUrl = ResourceType.Listener.TypeUrl(), VersionInfo = new string('x', 3_000) };
        var refusal = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await SayAsync(() => call.RequestStream.WriteAsync(large, Cancel));
            await call.ResponseStream.MoveNext(Cancel).WaitAsync(XdsStack.Limit, Cancel);
        });

        Assert.Equal((StatusCode.ResourceExhausted, $"a message of {large.CalculateSize()} bytes, more than the 3000 that this port takes"), (refusal.StatusCode, refusal.Status.Detail));
        Assert.Equal(1, await stack.MetricAsync("kxds_xds_streams_refused_total{reason=\"message_size\"}"));
    }

    [Fact]
    public async Task ClientThatSaysNothing_IsEnded() => await RefusedAsync(
        options => options.FirstRequestLimit = TimeSpan.FromMilliseconds(100), "first_request", StatusCode.DeadlineExceeded, _ => Task.CompletedTask);

    [Fact]
    public async Task StreamWithoutACertificate_AtItsAge_IsEndedWithoutAnErrorAndItsClientComesBackByANewConnection()
    {
        await using var stack = await XdsStack.StartAsync(configure: options => options.MaxStreamAge = TimeSpan.FromSeconds(5));
        var connections = 0;
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellation) =>
            {
                Interlocked.Increment(ref connections);
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{stack.XdsPort}", new GrpcChannelOptions { HttpHandler = handler });
        var before = Stopwatch.GetTimestamp();
        using var call = await OpenAsync(channel);

        Assert.False(await call.ResponseStream.MoveNext(Cancel).WaitAsync(XdsStack.Limit, Cancel));

        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        // Its age, less a fifth, and what a timer may be early by: nothing else has ended it.
        Assert.True(Stopwatch.GetElapsedTime(before) > TimeSpan.FromSeconds(3.9));
        await Testing.Eventually.TrueAsync(async () => await TryOpenAsync(channel) && connections >= 2, XdsStack.Limit);
    }

    [Fact]
    public async Task ResponseThatIsLeftUnread_EndsTheStream()
    {
        await using var stack = await XdsStack.StartAsync(configure: options => options.WriteTimeout = TimeSpan.FromSeconds(1));
        await stack.ServiceAsync("svc", 9000);
        // Some hundred kilobytes of routes: more than the client has room for.
        var paths = Enumerable.Range(0, 300).Select(i => new KIngressPath { Path = $"/{i}", AppendHeaders = new() { ["X-Long"] = new string('x', 1_000) }, Splits = XdsStack.Rule("svc", "ExternalIP").Http!.Paths![0].Splits });
        await stack.IngressAsync("large", new KIngressSpec { Rules = [new KIngressRule { Hosts = ["large.example.com"], Visibility = "ExternalIP", Http = new KIngressHttp { Paths = [.. paths] } }] });
        await stack.ConditionAsync("large", "LoadBalancerReady", "Unknown");
        using var handler = new SocketsHttpHandler { InitialHttp2StreamWindowSize = 65_535 };
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{stack.XdsPort}", new GrpcChannelOptions { HttpHandler = handler });
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(cancellationToken: Cancel);

        await call.RequestStream.WriteAsync(new DeltaDiscoveryRequest { Node = Node, TypeUrl = ResourceType.RouteConfiguration.TypeUrl(), ResourceNamesSubscribe = { "default/large/external" } }, Cancel);

        await Testing.Eventually.TrueAsync(async () => await stack.MetricAsync("kxds_xds_streams_refused_total{reason=\"unread\"}") == 1, XdsStack.Limit);
        await Testing.Eventually.TrueAsync(async () => await stack.MetricAsync("kxds_xds_streams{variant=\"delta\",fleet=\"default\"}") == 0, XdsStack.Limit);
    }

    [Fact]
    public async Task ClientThatIsNotThereAnyMore_ThoughItsConnectionIs_IsNoticed()
    {
        await using var stack = await XdsStack.StartAsync(configure: options => (options.KeepAliveDelay, options.KeepAliveTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)));
        await using var link = new SilentLink(stack.XdsPort);
        using var lost = GrpcChannel.ForAddress($"http://127.0.0.1:{link.Port}");
        using var gone = await OpenAsync(lost);
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{stack.XdsPort}");
        using var call = await OpenAsync(channel);
        Assert.Equal(2, await stack.MetricAsync("kxds_xds_streams{variant=\"delta\",fleet=\"default\"}"));

        link.IsSilent = true;

        await Testing.Eventually.TrueAsync(async () => await stack.MetricAsync("kxds_xds_streams{variant=\"delta\",fleet=\"default\"}") == 1, XdsStack.Limit);
        // Whoever says as little but answers the pings is still served.
        await call.RequestStream.WriteAsync(new DeltaDiscoveryRequest { TypeUrl = ResourceType.Cluster.TypeUrl() }, Cancel);
        Assert.True(await call.ResponseStream.MoveNext(Cancel).WaitAsync(XdsStack.Limit, Cancel));
        Assert.Equal(ResourceType.Cluster.TypeUrl(), call.ResponseStream.Current.TypeUrl);
    }

    [Fact]
    public async Task StreamsThatOpen_BeyondTheirRate_AreRefusedAndTheOthersGoOn()
    {
        await using var stack = await XdsStack.StartAsync(configure: options => (options.NewStreamsPerSecond, options.NewStreamWait) = (1, TimeSpan.Zero));
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{stack.XdsPort}");
        using var first = await OpenAsync(channel);

        // They say nothing: what they said might be cut off before they have read why.
        var silent = Enumerable.Range(0, 20).Select(_ => new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(cancellationToken: Cancel)).ToList();
        var refusal = await Assert.ThrowsAsync<RpcException>(async () => await await Task.WhenAny(silent.Select(call => call.ResponseStream.MoveNext(Cancel))).WaitAsync(XdsStack.Limit, Cancel));
        silent.ForEach(call => call.Dispose());

        Assert.Equal(StatusCode.Unavailable, refusal.StatusCode);
        Assert.True(await stack.MetricAsync("kxds_xds_streams_refused_total{reason=\"stream_rate\"}") >= 1);
        await Testing.Eventually.TrueAsync(async () => await TryOpenAsync(channel), XdsStack.Limit);
    }

    [Fact]
    public async Task StreamsThatOpen_BeyondTheirRate_WaitForTheirTurn()
    {
        await using var stack = await XdsStack.StartAsync(configure: options => (options.NewStreamsPerSecond, options.NewStreamWait, options.MaxStreamsPerNode) = (2, XdsStack.Limit, 10));
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{stack.XdsPort}");

        await ManyAsync(channel, 8);

        Assert.True(await stack.MetricAsync("kxds_xds_streams_delayed_total") >= 1);
    }

    [Fact]
    public async Task StreamsOfOneNode_BeyondTheirNumber_AreRefusedAndTheOthersGoOn()
    {
        await using var stack = await XdsStack.StartAsync(configure: options => options.MaxStreamsPerNode = 2);
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{stack.XdsPort}");
        using var first = await OpenAsync(channel);
        using var second = await OpenAsync(channel);

        var refusal = await Assert.ThrowsAsync<RpcException>(() => OpenAsync(channel));

        Assert.Equal((StatusCode.ResourceExhausted, "node gw-1 at 127.0.0.1 has 2 streams already"), (refusal.StatusCode, refusal.Status.Detail));
        Assert.Equal(1, await stack.MetricAsync("kxds_xds_streams_refused_total{reason=\"streams_per_node\"}"));
        second.Dispose();
        await Testing.Eventually.TrueAsync(async () => await TryOpenAsync(channel), XdsStack.Limit);
    }

    [Fact]
    public async Task StreamsOfOnePeer_BeyondTheirNumber_AreRefused()
    {
        await using var stack = await XdsStack.StartAsync(configure: options => options.MaxStreamsPerPeer = 1);
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{stack.XdsPort}");
        using var first = await OpenAsync(channel);

        // It says nothing: what it said might be cut off before it has read why.
        using var second = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(cancellationToken: Cancel);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => second.ResponseStream.MoveNext(Cancel).WaitAsync(XdsStack.Limit, Cancel));

        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
        Assert.Equal(1, await stack.MetricAsync("kxds_xds_streams_refused_total{reason=\"streams_per_peer\"}"));
    }

    private static async Task RefusedAsync(Action<XdsServerOptions> limit, string reason, StatusCode status, Func<AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse>, Task> misbehave)
    {
        await using var stack = await XdsStack.StartAsync(configure: limit);
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{stack.XdsPort}");
        using var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(cancellationToken: Cancel);

        var refusal = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            await SayAsync(() => misbehave(call));
            while (await call.ResponseStream.MoveNext(Cancel).WaitAsync(XdsStack.Limit, Cancel))
            {
            }
        });

        Assert.Equal(status, refusal.StatusCode);
        Assert.Equal(1, await stack.MetricAsync($"kxds_xds_streams_refused_total{{reason=\"{reason}\"}}"));
    }

    private static async Task SayAsync(Func<Task> say)
    {
        try
        {
            await say();
        }
        catch (Exception ended) when (ended is InvalidOperationException or RpcException)
        {
            // Ended before it had said everything: the reading side has the status.
        }
    }

    private static async Task<AsyncDuplexStreamingCall<DeltaDiscoveryRequest, DeltaDiscoveryResponse>> OpenAsync(GrpcChannel channel)
    {
        var call = new AggregatedDiscoveryService.AggregatedDiscoveryServiceClient(channel).DeltaAggregatedResources(cancellationToken: Cancel);
        await call.RequestStream.WriteAsync(new DeltaDiscoveryRequest { Node = Node, TypeUrl = ResourceType.Listener.TypeUrl() }, Cancel);
        await call.ResponseStream.MoveNext(Cancel).WaitAsync(XdsStack.Limit, Cancel);
        return call;
    }

    private static async Task ManyAsync(GrpcChannel channel, int count)
    {
        foreach (var call in await Task.WhenAll(Enumerable.Range(0, count).Select(_ => OpenAsync(channel))))
        {
            call.Dispose();
        }
    }

    private static async Task<bool> TryOpenAsync(GrpcChannel channel)
    {
        try
        {
            (await OpenAsync(channel)).Dispose();
            return true;
        }
        catch (RpcException)
        {
            return false;
        }
    }
}
