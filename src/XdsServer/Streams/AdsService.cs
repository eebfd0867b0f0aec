using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Grpc.Core;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.XdsServer.Guarding;
using Knative.Xds.XdsServer.Introspection;

namespace Knative.Xds.XdsServer.Streams;

/// <summary>The aggregated discovery service: a thin shell around the stream machines.</summary>
internal sealed class AdsService(StreamAdmission admission, StreamDirectory directory, XdsMetrics metrics, XdsServerOptions options, TimeProvider time, ILogger<AdsService> logger)
    : AggregatedDiscoveryService.AggregatedDiscoveryServiceBase
{
    private static readonly StreamVariant<DiscoveryRequest> Sotw = new("sotw", new(request => request.Node, _ => []), (policy, snapshot) => new SotwMachine(policy, snapshot));
    private static readonly StreamVariant<DeltaDiscoveryRequest> Delta = new("delta", new(request => request.Node, request => request.InitialResourceVersions.Keys), (policy, snapshot) => new DeltaMachine(policy, snapshot));

    public override Task StreamAggregatedResources(IAsyncStreamReader<DiscoveryRequest> requestStream, IServerStreamWriter<DiscoveryResponse> responseStream, ServerCallContext context) =>
        RunAsync(Sotw, requestStream, responseStream, context);

    public override Task DeltaAggregatedResources(IAsyncStreamReader<DeltaDiscoveryRequest> requestStream, IServerStreamWriter<DeltaDiscoveryResponse> responseStream, ServerCallContext context) =>
        RunAsync(Delta, requestStream, responseStream, context);

    private Task RunAsync<TRequest, TResponse>(StreamVariant<TRequest> variant, IAsyncStreamReader<TRequest> requests, IServerStreamWriter<TResponse> responses, ServerCallContext context)
        where TRequest : class, IMessage
        where TResponse : class, IMessage =>
        admission.RunAsync(variant.Reading, requests, context, stream => ServeAsync(variant, stream, new GuardedWriter<TResponse>(responses, stream.Guard)));

    private async Task ServeAsync<TRequest, TResponse>(StreamVariant<TRequest> variant, AdmittedStream<TRequest> stream, IServerStreamWriter<TResponse> responses)
        where TRequest : class, IMessage
        where TResponse : class, IMessage
    {
        var (peer, node, fleet) = (stream.Guard.Peer, stream.Node, stream.Fleet);
        var record = new StreamRecord(variant.Name, node, fleet.Name, peer, time);
        using var open = metrics.StreamOpened(variant.Name, fleet.Name);
        using var session = new StreamSession<TRequest, TResponse>(variant.Machine(StreamPolicies.For(peer, options), fleet.Streams.Snapshot!), fleet.Streams, record, end => Refuse(stream.Guard, end), metrics, time, options.HoldLimit, logger);
        using var listed = directory.Add(record);
        XdsLog.StreamOpened(logger, variant.Name, node.Id, $"{peer}", fleet.Name);
        try
        {
            await session.RunAsync(stream.Requests, responses, stream.Ending);
        }
        finally
        {
            XdsLog.StreamClosed(logger, variant.Name, node.Id, $"{peer}");
        }
    }

    private static RpcException Refuse(StreamGuard guard, StreamEffect.End end) => end.Reason == StreamEndReason.TooMany
        ? guard.Refuse(StatusCode.ResourceExhausted, "names", end.Message)
        : guard.Refuse(StatusCode.InvalidArgument, "request", end.Message);
}
