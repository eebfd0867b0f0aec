using Envoy.Config.Core.V3;
using Grpc.Core;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Streams;

/// <summary>Decides on a stream's first message whether its client may come in, and to which fleet it belongs.</summary>
internal sealed class NodeGate(FleetDirectory fleets)
{
    /// <summary>The fleet of a client.</summary>
    /// <exception cref="RpcException">The client is refused; the status says why.</exception>
    public Fleet Admit(Node? node)
    {
        if (node is not { Id.Length: > 0 })
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, "the first request of a stream must carry node.id"));
        }

        return fleets.Find(node, out var problem) ?? throw new RpcException(new Status(StatusCode.InvalidArgument, problem));
    }
}
