using System.Collections.Concurrent;
using System.Threading.Channels;
using Envoy.Config.Core.V3;
using Envoy.Config.Route.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Grpc.Core;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Testing;
using Knative.Xds.XdsServer.Introspection;
using Knative.Xds.XdsServer.Reporting;
using Knative.Xds.XdsServer.Security;
using Knative.Xds.XdsServer.Streams;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Prometheus;
using EnvoyCluster = Envoy.Config.Cluster.V3.Cluster;

namespace Knative.Xds.XdsServer.Tests.Streams;

public sealed class StreamSessionTests
{
    private readonly ResourceStore _store = new();
    private readonly StreamRegistry _registry = new();

    [Fact]
    public async Task ResourcesPublishedWhileAStreamOpens_ReachItThoughNothingElseIsPublished()
    {
        Publish("old");
        var gateway = new FakeGateway();
        using var session = new StreamSession<DeltaDiscoveryRequest, DeltaDiscoveryResponse>(
            snapshot =>
            {
                // By another thread, after the stream has read what it begins with.
                Publish("new");
                return new DeltaMachine(new StreamPolicy(), snapshot);
            },
            _registry, Record(), end => new RpcException(new Status(StatusCode.Internal, end.Message)), new XdsMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry())), TimeProvider.System, NullLogger.Instance);
        var running = session.RunAsync(gateway, gateway, TestContext.Current.CancellationToken);

        var names = new SortedSet<string>(StringComparer.Ordinal);
        gateway.Send(new() { TypeUrl = ResourceType.Cluster.TypeUrl(), Node = new Node { Id = "g" } });
        while (names.Count < 2)
        {
            var response = await gateway.ReceiveAsync();
            names.UnionWith(response.Resources.Select(resource => resource.Name));
            gateway.Send(new() { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce });
        }

        Assert.Equal(["new", "old"], names);
        gateway.Leave();
        await running;
    }

    [Fact]
    public async Task GatewayThatOwesAnAnswerGivesUpWhatItHolds_IsNotTakenForAnAnswer()
    {
        Publish(new EnvoyCluster { Name = "c" }, new RouteConfiguration { Name = "r" }, new RouteConfiguration { Name = "s" });
        var (reported, ledger, time, gateway) = (new ConcurrentQueue<StreamEvent>(), new GatewayLedger(), new FakeTimeProvider(), new FakeGateway());
        _registry.Report = reported.Enqueue;
        using var session = new StreamSession<DeltaDiscoveryRequest, DeltaDiscoveryResponse>(
            snapshot => new DeltaMachine(new StreamPolicy(), snapshot), _registry, Record(), end => new RpcException(new Status(StatusCode.Internal, end.Message)),
            new XdsMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry())), time, NullLogger.Instance);
        var running = session.RunAsync(gateway, gateway, TestContext.Current.CancellationToken);
        gateway.Send(new() { TypeUrl = ResourceType.ScopedRouteConfiguration.TypeUrl(), Node = new Node { Id = "g" } });
        gateway.Answer(await gateway.ReceiveAsync());
        gateway.Send(new() { TypeUrl = ResourceType.Cluster.TypeUrl() });
        gateway.Answer(await gateway.ReceiveAsync());
        gateway.Send(new() { TypeUrl = ResourceType.RouteConfiguration.TypeUrl(), ResourceNamesSubscribe = { "r", "s" } });
        gateway.Answer(await gateway.ReceiveAsync());

        Publish(new RouteConfiguration { Name = "r", IgnorePortInHostMatching = true });
        var owed = await gateway.ReceiveAsync();
        await Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return reported.OfType<StreamEvent.Silent>().Any();
        });
        var silent = reported.OfType<StreamEvent.Silent>().Single();
        Assert.Equal((0, 1), Counts());

        gateway.Send(new() { TypeUrl = ResourceType.RouteConfiguration.TypeUrl(), ResourceNamesUnsubscribe = { "s" } });
        await Eventually.TrueAsync(() => reported.OfType<StreamEvent.Acked>().Any(acked => acked.Resources is [{ Name: "s", Version: "" }]));
        Assert.Equal((0, 1), Counts());

        gateway.Answer(owed);
        await Eventually.TrueAsync(() => Counts() == (1, 0));
        // What readiness does not ask about is not kept.
        Assert.Equal(["r", "s"], silent.Held.Select(held => held.Id.Name).Order(StringComparer.Ordinal));
        gateway.Leave();
        await running;

        (int Count, int Silent) Counts()
        {
            while (reported.TryDequeue(out var happened))
            {
                ledger.Apply(happened);
            }

            return (ledger.Count, ledger.SilentCount);
        }
    }

    [Fact]
    public async Task PushWhileRequestsWait_TheRequestsAreReadFirst()
    {
        Publish(new EnvoyCluster { Name = "c" }, new RouteConfiguration { Name = "r" }, new RouteConfiguration { Name = "s" });
        var gateway = new FakeGateway();
        using var session = new StreamSession<DeltaDiscoveryRequest, DeltaDiscoveryResponse>(
            snapshot => new DeltaMachine(new StreamPolicy(), snapshot), _registry, Record(), end => new RpcException(new Status(StatusCode.Internal, end.Message)),
            new XdsMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry())), TimeProvider.System, NullLogger.Instance);
        var running = session.RunAsync(gateway, gateway, TestContext.Current.CancellationToken);
        gateway.Send(new() { TypeUrl = ResourceType.RouteConfiguration.TypeUrl(), Node = new Node { Id = "g" }, ResourceNamesSubscribe = { "r", "s" } });
        gateway.Answer(await gateway.ReceiveAsync());
        var stuck = gateway.StopReading();
        gateway.Send(new() { TypeUrl = ResourceType.Cluster.TypeUrl() });
        await stuck;

        // While a response is on its way both come: first the push, then a request that makes a part of it needless.
        Publish(new RouteConfiguration { Name = "r", IgnorePortInHostMatching = true }, new RouteConfiguration { Name = "s", IgnorePortInHostMatching = true });
        gateway.Send(new() { TypeUrl = ResourceType.RouteConfiguration.TypeUrl(), ResourceNamesUnsubscribe = { "s" } });
        await Eventually.TrueAsync(() => gateway.AreAllTaken);
        gateway.ReadOn();

        Assert.Equal(ResourceType.Cluster.TypeUrl(), (await gateway.ReceiveAsync()).TypeUrl);
        Assert.Equal(["r"], (await gateway.ReceiveAsync()).Resources.Select(resource => resource.Name));
        gateway.Leave();
        await running;
    }

    private void Publish(string cluster) => Publish(new EnvoyCluster { Name = cluster });

    private void Publish(params IMessage[] resources)
    {
        foreach (var resource in resources)
        {
            _store.Set(EncodedResource.Of(resource));
        }

        _registry.Publish(_store.Publish());
    }

    private static StreamRecord Record() =>
        new("delta", new Node { Id = "g" }, "default", new StreamPeer("127.0.0.1", null, [], DateTimeOffset.MaxValue, IsTrusted: true, MayHoldKeys: true), TimeProvider.System);

    /// <summary>The other end of a stream.</summary>
    private sealed class FakeGateway : IAsyncStreamReader<DeltaDiscoveryRequest>, IServerStreamWriter<DeltaDiscoveryResponse>
    {
        private readonly Channel<DeltaDiscoveryRequest> _requests = Channel.CreateUnbounded<DeltaDiscoveryRequest>();
        private readonly Channel<DeltaDiscoveryResponse> _responses = Channel.CreateUnbounded<DeltaDiscoveryResponse>();
        private readonly TaskCompletionSource _stuck = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _readsOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile bool _isReading = true;
        private int _sent;
        private int _asked;

        public DeltaDiscoveryRequest Current { get; private set; } = new();

        public WriteOptions? WriteOptions { get; set; }

        /// <summary>The stream has taken all requests, and asks for the next one.</summary>
        public bool AreAllTaken => Volatile.Read(ref _asked) > Volatile.Read(ref _sent);

        public void Send(DeltaDiscoveryRequest request)
        {
            Interlocked.Increment(ref _sent);
            _requests.Writer.TryWrite(request);
        }

        /// <summary>Reads nothing until told so.</summary>
        /// <returns>Completes when the stream waits for it to read.</returns>
        public Task StopReading()
        {
            _isReading = false;
            return _stuck.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        }

        public void ReadOn()
        {
            _isReading = true;
            _readsOn.TrySetResult();
        }

        public void Answer(DeltaDiscoveryResponse response) => Send(new() { TypeUrl = response.TypeUrl, ResponseNonce = response.Nonce });

        public void Leave() => _requests.Writer.Complete();

        public async Task<DeltaDiscoveryResponse> ReceiveAsync() =>
            await _responses.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _asked);
            if (!await _requests.Reader.WaitToReadAsync(cancellationToken) || !_requests.Reader.TryRead(out var request))
            {
                return false;
            }

            Current = request;
            return true;
        }

        public Task WriteAsync(DeltaDiscoveryResponse message) => WriteAsync(message, CancellationToken.None);

        public async Task WriteAsync(DeltaDiscoveryResponse message, CancellationToken cancellationToken)
        {
            if (!_isReading)
            {
                _stuck.TrySetResult();
                await _readsOn.Task.WaitAsync(cancellationToken);
            }

            await _responses.Writer.WriteAsync(message, cancellationToken);
        }
    }
}
