using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Grpc.Core;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.XdsServer.Streams;

/// <summary>The aggregated discovery service: a thin shell around the stream machines.</summary>
internal sealed class AdsService(StreamRegistry registry, XdsMetrics metrics, XdsServerOptions options, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<AdsService> logger)
    : AggregatedDiscoveryService.AggregatedDiscoveryServiceBase
{
    public override Task StreamAggregatedResources(IAsyncStreamReader<DiscoveryRequest> requestStream, IServerStreamWriter<DiscoveryResponse> responseStream, ServerCallContext context) =>
        RunAsync(snapshot => new SotwMachine(StreamPolicy.Default, snapshot), requestStream, responseStream, "sotw", context);

    public override Task DeltaAggregatedResources(IAsyncStreamReader<DeltaDiscoveryRequest> requestStream, IServerStreamWriter<DeltaDiscoveryResponse> responseStream, ServerCallContext context) =>
        RunAsync(snapshot => new DeltaMachine(StreamPolicy.Default, snapshot), requestStream, responseStream, "delta", context);

    private async Task RunAsync<TRequest, TResponse>(
        Func<ResourceSnapshot, StreamMachine<TRequest>> machine,
        IAsyncStreamReader<TRequest> requests,
        IServerStreamWriter<TResponse> responses,
        string variant,
        ServerCallContext context)
        where TRequest : class, IMessage
        where TResponse : class, IMessage
    {
        var snapshot = registry.Snapshot ?? throw new RpcException(new Status(StatusCode.Unavailable, "the caches have not synced yet"));
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        using var open = metrics.StreamOpened(variant);
        using var session = new StreamSession<TRequest, TResponse>(registry, metrics, time, options.HoldLimit, logger);
        XdsLog.StreamOpened(logger, variant, context.Peer);
        try
        {
            await session.RunAsync(machine(snapshot), requests, responses, stopping.Token);
        }
        catch (Exception error) when (error is IOException || (stopping.IsCancellationRequested && error is OperationCanceledException or InvalidOperationException))
        {
            // The client has gone, or we go: it comes back, to us or to another replica, and is sent what differs.
            throw new RpcException(new Status(StatusCode.Unavailable, "the stream was ended"));
        }
        finally
        {
            XdsLog.StreamClosed(logger, variant, context.Peer);
        }
    }
}
