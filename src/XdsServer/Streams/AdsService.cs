using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Grpc.Core;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.XdsServer.Guarding;
using Knative.Xds.XdsServer.Introspection;
using Knative.Xds.XdsServer.Proxyless;

namespace Knative.Xds.XdsServer.Streams;

/// <summary>The aggregated discovery service: a thin shell around the stream machines.</summary>
internal sealed class AdsService(StreamAdmission admission, StreamDirectory directory, ProxylessCatalogs catalogs, XdsMetrics metrics, XdsServerOptions options, TimeProvider time, ILogger<AdsService> logger)
    : AggregatedDiscoveryService.AggregatedDiscoveryServiceBase
{
    private static readonly StreamVariant<DiscoveryRequest> Sotw = new("sotw", new(request => request.Node, _ => []), (policy, snapshot) => new SotwMachine(policy, snapshot));
    private static readonly StreamVariant<DiscoveryRequest> Clients = Sotw with { Name = "proxyless" };
    private static readonly StreamVariant<DeltaDiscoveryRequest> Delta = new("delta", new(request => request.Node, request => request.InitialResourceVersions.Keys), (policy, snapshot) => new DeltaMachine(policy, snapshot));

    public override Task StreamAggregatedResources(IAsyncStreamReader<DiscoveryRequest> requestStream, IServerStreamWriter<DiscoveryResponse> responseStream, ServerCallContext context) =>
        admission.RunAsync(Sotw.Reading, requestStream, context, stream => stream.IsProxyless
            ? ServeClientAsync(stream, responseStream)
            : ServeAsync(Sotw, stream, stream.Fleet.Streams, stream.Requests, responseStream), isPaced: true);

    public override Task DeltaAggregatedResources(IAsyncStreamReader<DeltaDiscoveryRequest> requestStream, IServerStreamWriter<DeltaDiscoveryResponse> responseStream, ServerCallContext context) =>
        admission.RunAsync(Delta.Reading, requestStream, context, stream => stream.IsProxyless
            ? throw stream.Guard.Refuse(StatusCode.Unimplemented, "request", "gRPC clients are served state-of-the-world streams alone")
            : ServeAsync(Delta, stream, stream.Fleet.Streams, stream.Requests, responseStream), isPaced: true);

    /// <summary>Serves a gRPC client: the same state in the form that it takes, for the hosts that it asks for.</summary>
    private async Task ServeClientAsync(AdmittedStream<DiscoveryRequest> stream, IServerStreamWriter<DiscoveryResponse> responses)
    {
        var catalog = catalogs[stream.Fleet];
        using var demand = new ProxylessDemand(catalog);
        var requests = new DemandReader(stream.Requests, demand, request => CheckHosts(stream.Guard, request));
        requests.Take(stream.Requests.First);
        await ServeAsync(Clients, stream, catalog.Streams, requests, responses);
    }

    private async Task ServeAsync<TRequest, TResponse>(
        StreamVariant<TRequest> variant, AdmittedStream<TRequest> stream, StreamRegistry registry, IAsyncStreamReader<TRequest> requests, IServerStreamWriter<TResponse> responses)
        where TRequest : class, IMessage
        where TResponse : class, IMessage
    {
        var (peer, node, fleet) = (stream.Guard.Peer, stream.Node, stream.Fleet);
        var record = new StreamRecord(variant.Name, node, fleet.Name, peer, time);
        using var open = metrics.StreamOpened(variant.Name, fleet.Name);
        using var session = new StreamSession<TRequest, TResponse>(
            snapshot => variant.Machine(StreamPolicies.For(peer, options), snapshot), registry, record, end => Refuse(stream.Guard, end), metrics, time, logger);
        using var listed = directory.Add(record);
        XdsLog.StreamOpened(logger, variant.Name, node.Id, $"{peer}", fleet.Name);
        try
        {
            await session.RunAsync(requests, new GuardedWriter<TResponse>(responses, stream.Guard), stream.Ending);
        }
        finally
        {
            XdsLog.StreamClosed(logger, variant.Name, node.Id, $"{peer}");
        }
    }

    private void CheckHosts(StreamGuard guard, DiscoveryRequest request)
    {
        if (request.ResourceNames.Count > options.MaxProxylessHosts || request.ResourceNames.Any(name => name.Length > options.MaxNameLength))
        {
            throw guard.Refuse(StatusCode.ResourceExhausted, "names", $"more than {options.MaxProxylessHosts} names, or one longer than {options.MaxNameLength} characters");
        }
    }

    private static RpcException Refuse(StreamGuard guard, StreamEffect.End end) => end.Reason == StreamEndReason.TooMany
        ? guard.Refuse(StatusCode.ResourceExhausted, "names", end.Message)
        : guard.Refuse(StatusCode.InvalidArgument, "request", end.Message);
}
