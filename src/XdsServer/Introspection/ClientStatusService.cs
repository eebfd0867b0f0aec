using Envoy.Service.Status.V3;
using Grpc.Core;
using Knative.Xds.XdsServer.Guarding;

namespace Knative.Xds.XdsServer.Introspection;

/// <summary>The client status discovery service: what each connected node has, private keys left out.</summary>
/// <remarks>Only for operators: it shows the whole configuration of every fleet.</remarks>
internal sealed class ClientStatusService(GatewayReports reports, StreamGuards guards, XdsServerOptions options) : ClientStatusDiscoveryService.ClientStatusDiscoveryServiceBase
{
    /// <inheritdoc/>
    public override async Task<ClientStatusResponse> FetchClientStatus(ClientStatusRequest request, ServerCallContext context)
    {
        using var guard = Open(context);
        return await AnswerAsync(guard, request, context.CancellationToken);
    }

    /// <inheritdoc/>
    public override async Task StreamClientStatus(IAsyncStreamReader<ClientStatusRequest> requestStream, IServerStreamWriter<ClientStatusResponse> responseStream, ServerCallContext context)
    {
        using var guard = Open(context);
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(await AnswerAsync(guard, request, context.CancellationToken), context.CancellationToken);
        }
    }

    private StreamGuard Open(ServerCallContext context)
    {
        var guard = guards.Open(context);
        if (guards.Identities.IsOperator(guard.Peer))
        {
            return guard;
        }

        guard.Dispose();
        throw guard.Refuse(StatusCode.PermissionDenied, "operator", "the state of all nodes is for operators, see --operator-identity");
    }

    private async Task<ClientStatusResponse> AnswerAsync(StreamGuard guard, ClientStatusRequest request, CancellationToken cancellationToken)
    {
        var response = new ClientStatusResponse();
        var room = options.MaxMessageBytes;
        foreach (var report in await reports.CollectAsync(Matching(guard, request), all: true, cancellationToken))
        {
            var config = ClientConfigs.Of(report, !request.ExcludeResourceContents);
            room -= config.CalculateSize();
            if (room < 0)
            {
                throw guard.Refuse(StatusCode.ResourceExhausted, "status_size", $"the answer has more than {options.MaxMessageBytes} bytes: exclude_resource_contents, or match fewer nodes by node_matchers");
            }

            response.Config.Add(config);
        }

        return response;
    }

    private static Func<StreamRecord, bool> Matching(StreamGuard guard, ClientStatusRequest request)
    {
        try
        {
            return NodeMatching.Of(request.NodeMatchers);
        }
        catch (FormatException malformed)
        {
            throw guard.Refuse(StatusCode.InvalidArgument, "request", malformed.Message);
        }
    }
}
