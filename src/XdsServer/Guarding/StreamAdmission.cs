using Envoy.Config.Core.V3;
using Google.Protobuf;
using Grpc.Core;
using Knative.Xds.XdsServer.Draining;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Proxyless;
using Knative.Xds.XdsServer.Security;
using Knative.Xds.XdsServer.Streams;

namespace Knative.Xds.XdsServer.Guarding;

/// <summary>The door of every service that gateways stream to: who is it, may it come in, and when must it go.</summary>
internal sealed class StreamAdmission(StreamGuards guards, NodeGate gate, FleetDirectory fleets, StreamDrain drain)
{
    /// <summary>Serves a stream for as long as it may be open.</summary>
    /// <param name="reading">Where its requests keep what limits are about.</param>
    /// <param name="requests">Its requests.</param>
    /// <param name="context">Its call.</param>
    /// <param name="serve">Serves it once it may come in.</param>
    /// <param name="isPaced">It costs so much to begin that it has to wait for its turn.</param>
    /// <exception cref="RpcException">It is refused, or its client has gone; nothing is thrown when we end it.</exception>
    public async Task RunAsync<TRequest>(RequestReading<TRequest> reading, IAsyncStreamReader<TRequest> requests, ServerCallContext context, Func<AdmittedStream<TRequest>, Task> serve, bool isPaced = false)
        where TRequest : class, IMessage
    {
        if (WhyNotNow() is { } reason)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, reason));
        }

        using var guard = guards.Open(context);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        using var draining = drain.Add(ending.Cancel);
        guard.LimitAge(ending.Cancel);
        try
        {
            if (isPaced)
            {
                await guard.TurnAsync(ending.Token);
            }

            if (await AdmitAsync(guard, new(requests, guard, reading), reading, ending.Token) is { } stream)
            {
                await serve(stream);
            }
        }
        catch (Exception ended) when (ended is IOException || (ending.IsCancellationRequested && ended is OperationCanceledException or InvalidOperationException))
        {
            // A client that has gone comes back; one that we end is told "OK", and goes to another replica or comes back.
            if (ended is IOException || context.CancellationToken.IsCancellationRequested)
            {
                throw new RpcException(new Status(StatusCode.Unavailable, "the client has gone"));
            }
        }
    }

    private string? WhyNotNow() =>
        drain.IsStopping ? "the server stops"
        : fleets.All.Any(fleet => fleet.Streams.Snapshot is null) ? "the caches have not synced yet"
        : null;

    private async Task<AdmittedStream<TRequest>?> AdmitAsync<TRequest>(StreamGuard guard, GuardedReader<TRequest> reader, RequestReading<TRequest> reading, CancellationToken ending)
        where TRequest : class, IMessage
    {
        if (await reader.FirstAsync(ending) is not { } first)
        {
            return null;
        }

        var node = reading.NodeOf(first)!;
        var fleet = FleetOf(guard, node);
        var proxyless = ProxylessNode.Is(node);
        guard.CheckIdentity(new NodeClaims(node.Id, node.Cluster, fleet.Name), isGateway: !proxyless);

        return new(guard, reader, WithoutExtensions(node), fleet, proxyless, ending);
    }

    /// <remarks>Envoy lists all of its extensions, which is most of the message.</remarks>
    private static Node WithoutExtensions(Node node)
    {
        var brief = node.Clone();
        brief.Extensions.Clear();
        return brief;
    }

    private Fleet FleetOf(StreamGuard guard, Node node)
    {
        try
        {
            return gate.Admit(node);
        }
        catch (RpcException none)
        {
            throw guard.Refuse(none.StatusCode, "fleet", none.Status.Detail);
        }
    }
}
