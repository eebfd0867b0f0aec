using System.Runtime.CompilerServices;
using Envoy.Service.Discovery.V3;
using Grpc.Core;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.Hosting;
using Knative.Xds.XdsServer.Draining;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Guarding;
using Knative.Xds.XdsServer.Security;
using Knative.Xds.XdsServer.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;
using Extension = Envoy.Config.Core.V3.Extension;
using Node = Envoy.Config.Core.V3.Node;

namespace Knative.Xds.XdsServer.Tests.Guarding;

public sealed class StreamAdmissionTests
{
    private static readonly RequestReading<DeltaDiscoveryRequest> Reading = new(request => request.Node, request => request.InitialResourceVersions.Keys);

    [Fact]
    public async Task OpenStream_ItsFirstRequestIsNotKept()
    {
        var (requests, isServed) = (new Requests(), false);
        var first = requests.AddFirst();
        requests.Queue.Enqueue(new() { ResponseNonce = "1" });

        await Admission().RunAsync(Reading, requests, new Call(), async stream =>
        {
            Assert.True(await stream.Requests.MoveNext(CancellationToken.None));
            Assert.True(await stream.Requests.MoveNext(CancellationToken.None));
            GC.Collect();
            Assert.False(first.IsAlive);
            Assert.Equal("g", stream.Node.Id);
            Assert.Empty(stream.Node.Extensions);
            isServed = true;
        });

        Assert.True(isServed);
    }

    private static StreamAdmission Admission()
    {
        var (options, fleets) = (new XdsServerOptions(), new FleetDirectory([new FleetOptions { IngressClasses = ["c"] }]));
        fleets.All[0].Streams.Publish(new ResourceStore().Current);
        var metrics = new SecurityMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()));
        var guards = new StreamGuards(options, new IdentityRules(options), metrics, TimeProvider.System, NullLogger<StreamGuards>.Instance);
        var lifetime = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        return new(guards, new NodeGate(fleets), fleets, new StreamDrain(lifetime, options, new Readiness(), TimeProvider.System));
    }

    private sealed class Requests : IAsyncStreamReader<DeltaDiscoveryRequest>
    {
        public Queue<DeltaDiscoveryRequest> Queue { get; } = [];

        public DeltaDiscoveryRequest Current { get; private set; } = new();

        [MethodImpl(MethodImplOptions.NoInlining)]
        public WeakReference AddFirst()
        {
            var first = new DeltaDiscoveryRequest { Node = new Node { Id = "g", Extensions = { new Extension { Name = "envoy.filters.http.router" } } } };
            Queue.Enqueue(first);
            return new(first);
        }

        public Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            var isThere = Queue.TryDequeue(out var request);
            Current = request ?? Current;
            return Task.FromResult(isThere);
        }
    }

    private sealed class Call : ServerCallContext
    {
        public Call() => UserState["__HttpContext"] = new DefaultHttpContext();

        protected override string MethodCore => "";
        protected override string HostCore => "";
        protected override string PeerCore => "";
        protected override DateTime DeadlineCore => DateTime.MaxValue;
        protected override Metadata RequestHeadersCore { get; } = [];
        protected override CancellationToken CancellationTokenCore => CancellationToken.None;
        protected override Metadata ResponseTrailersCore { get; } = [];
        protected override Status StatusCore { get; set; }
        protected override WriteOptions? WriteOptionsCore { get; set; }
        protected override AuthContext AuthContextCore => throw new NotSupportedException();

        protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException();

        protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;
    }
}
