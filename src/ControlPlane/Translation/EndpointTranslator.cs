using System.Collections.Immutable;
using Envoy.Config.Core.V3;
using Envoy.Config.Endpoint.V3;
using Knative.Xds.Core.Model;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>Where the requests of a service port go.</summary>
public static class EndpointTranslator
{
    private const string PodZone = "";

    /// <summary>The endpoints by priority.</summary>
    /// <remarks>
    /// Shape: always at least priority 0, maybe empty; endpoints sorted by address, ordinal. Activators have the sub-zone
    /// <see cref="GatewayNames.ActivatorZone"/>, by which load reports tell them apart at whatever priority they are. A revision in serve mode has its pods at 0 and its
    /// activators at 1: so the gateway itself falls over when the last pod has gone, or refuses connections, before any message arrives.
    /// Source of the modes: knative/serving pkg/reconciler/serverlessservice/serverlessservice.go.
    /// </remarks>
    public static ClusterLoadAssignment Translate(EndpointView view)
    {
        var assignment = new ClusterLoadAssignment { ClusterName = view.Backend.ClusterName };
        var priorities = view.ServerlessService is { } owner ? OfRevision(view, owner) : [(PodZone, Ready(view.Endpoints?.Endpoints ?? [], view.Backend))];
        foreach (var (priority, (zone, endpoints)) in priorities.Index())
        {
            assignment.Endpoints.Add(new LocalityLbEndpoints { Locality = new Locality { SubZone = zone }, Priority = (uint)priority, LbEndpoints = { endpoints } });
        }

        return assignment;
    }

    private static IEnumerable<(string Zone, ImmutableArray<LbEndpoint> Endpoints)> OfRevision(EndpointView view, ServerlessServiceState owner)
    {
        var pods = (PodZone, Ready(view.PrivateEndpoints?.Endpoints ?? [], view.Backend));
        var activators = (GatewayNames.ActivatorZone, Endpoints: Ready(view.Activators, view.Backend));
        if (activators.Endpoints.IsEmpty)
        {
            return [pods];
        }

        return owner.Mode == SksMode.Serve ? [pods, activators] : [activators];
    }

    private static ImmutableArray<LbEndpoint> Ready(ImmutableArray<ServiceEndpoint> endpoints, BackendPort backend) =>
    [
        .. endpoints
            .Where(endpoint => endpoint.Ready && !endpoint.Terminating)
            .Select(endpoint => (endpoint.Address, Port: PortOn(endpoint, backend)))
            .Where(target => target.Port > 0)
            .Distinct()
            .OrderBy(target => target.Address, StringComparer.Ordinal).ThenBy(target => target.Port)
            .Select(target => new LbEndpoint { Endpoint = new Endpoint { Address = SocketAddresses.Of(target.Address, target.Port) } }),
    ];

    // Endpoints repeat the Service's port names; a Service with one unnamed port may have named ones, and Endpoints that people write may have none.
    private static int PortOn(ServiceEndpoint endpoint, BackendPort backend) =>
        endpoint.Ports.TryGetValue(backend.Port.Name, out var named) ? named
        : backend.Service.Ports.Length == 1 && endpoint.Ports.Count == 1 ? endpoint.Ports.Values.First()
        : backend.Port.TargetPort.Number;
}
