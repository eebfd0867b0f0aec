using Envoy.Config.Core.V3;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Grpc.Core;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Streams;

/// <summary>The aggregated discovery service: a thin shell around the stream machines.</summary>
internal sealed class AdsService(FleetDirectory fleets, NodeGate gate, XdsMetrics metrics, XdsServerOptions options, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<AdsService> logger)
    : AggregatedDiscoveryService.AggregatedDiscoveryServiceBase
{
    public override Task StreamAggregatedResources(IAsyncStreamReader<DiscoveryRequest> requestStream, IServerStreamWriter<DiscoveryResponse> responseStream, ServerCallContext context) =>
        RunAsync(new StreamVariant<DiscoveryRequest>("sotw", request => request.Node, snapshot => new SotwMachine(StreamPolicy.Default, snapshot)), requestStream, responseStream, context);

    public override Task DeltaAggregatedResources(IAsyncStreamReader<DeltaDiscoveryRequest> requestStream, IServerStreamWriter<DeltaDiscoveryResponse> responseStream, ServerCallContext context) =>
        RunAsync(new StreamVariant<DeltaDiscoveryRequest>("delta", request => request.Node, snapshot => new DeltaMachine(StreamPolicy.Default, snapshot)), requestStream, responseStream, context);

    private async Task RunAsync<TRequest, TResponse>(StreamVariant<TRequest> variant, IAsyncStreamReader<TRequest> requests, IServerStreamWriter<TResponse> responses, ServerCallContext context)
        where TRequest : class, IMessage
        where TResponse : class, IMessage
    {
        if (fleets.All.Any(fleet => fleet.Streams.Snapshot is null))
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "the caches have not synced yet"));
        }

        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            if (await FirstAsync(requests, stopping.Token) is { } first)
            {
                await RunAsync(variant, first, requests, responses, context.Peer, stopping.Token);
            }
        }
        catch (Exception error) when (error is IOException || (stopping.IsCancellationRequested && error is OperationCanceledException or InvalidOperationException))
        {
            // The client has gone, or we go: it comes back, to us or to another replica, and is sent what differs.
            throw new RpcException(new Status(StatusCode.Unavailable, "the stream was ended"));
        }
    }

    /// <summary>The first request; null when the client ends the stream without any.</summary>
    private async Task<TRequest?> FirstAsync<TRequest>(IAsyncStreamReader<TRequest> requests, CancellationToken cancellationToken) where TRequest : class
    {
        using var limit = new CancellationTokenSource(options.FirstRequestLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            return await requests.MoveNext(either.Token) ? requests.Current : null;
        }
        catch (Exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, $"no request came within {options.FirstRequestLimit}"));
        }
    }

    private async Task RunAsync<TRequest, TResponse>(
        StreamVariant<TRequest> variant, TRequest first, IAsyncStreamReader<TRequest> requests, IServerStreamWriter<TResponse> responses, string peer, CancellationToken cancellationToken)
        where TRequest : class, IMessage
        where TResponse : class, IMessage
    {
        var node = variant.NodeOf(first);
        var fleet = Admit(node, peer);
        using var open = metrics.StreamOpened(variant.Name, fleet.Name);
        using var session = new StreamSession<TRequest, TResponse>(variant.Machine(fleet.Streams.Snapshot!), fleet.Streams, metrics, time, options.HoldLimit, logger);
        XdsLog.StreamOpened(logger, variant.Name, node!.Id, peer, fleet.Name);
        try
        {
            await session.RunAsync(first, requests, responses, cancellationToken);
        }
        finally
        {
            XdsLog.StreamClosed(logger, variant.Name, node.Id, peer);
        }
    }

    private Fleet Admit(Node? node, string peer)
    {
        try
        {
            return gate.Admit(node);
        }
        catch (RpcException refusal)
        {
            XdsLog.NodeRefused(logger, peer, refusal.Status.Detail);
            throw;
        }
    }
}
