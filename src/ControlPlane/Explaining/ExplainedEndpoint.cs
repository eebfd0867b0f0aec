using System.Collections.Immutable;
using Envoy.Config.Endpoint.V3;

namespace Knative.Xds.ControlPlane.Explaining;

/// <summary>An address that a cluster's requests may go to.</summary>
/// <param name="Priority">Endpoints of priority 1 and above get requests only while those before have none that is healthy, or refuse connections.</param>
/// <param name="Address">Address and port.</param>
/// <param name="Zone">What it is, where that is known: <c>activator</c> among the endpoints of a revision.</param>
public sealed record ExplainedEndpoint(int Priority, string Address, string Zone)
{
    /// <summary>The endpoints of an assignment, by priority.</summary>
    public static ImmutableArray<ExplainedEndpoint> Of(ClusterLoadAssignment assignment) =>
    [
        .. assignment.Endpoints
            .OrderBy(locality => locality.Priority)
            .SelectMany(locality => locality.LbEndpoints.Select(endpoint => new ExplainedEndpoint((int)locality.Priority, AddressOf(endpoint), locality.Locality?.SubZone ?? ""))),
    ];

    private static string AddressOf(LbEndpoint endpoint)
    {
        var socket = endpoint.Endpoint.Address.SocketAddress;
        return socket.Address.Contains(':', StringComparison.Ordinal) ? $"[{socket.Address}]:{socket.PortValue}" : $"{socket.Address}:{socket.PortValue}";
    }
}
