using k8s.Models;

namespace Knative.Xds.Sandbox.Controllers;

/// <summary>Derives EndpointSlices from Endpoints that somebody wrote for a Service without selector.</summary>
/// <remarks>Source: kubernetes pkg/controller/endpointslicemirroring.</remarks>
internal static class MirroredSlices
{
    /// <summary>Value of <see cref="SliceEndpoints.ManagedByLabel"/> on slices made here.</summary>
    public const string MirroringController = "endpointslicemirroring-controller.k8s.io";

    /// <summary>Whether Endpoints of a Service without selector are mirrored.</summary>
    public static bool AreWanted(V1Endpoints endpoints) =>
        (endpoints.Metadata.Labels is not { } labels || !labels.TryGetValue("endpointslice.kubernetes.io/skip-mirror", out var skip) || skip != "true")
        && endpoints.Metadata.Annotations?.ContainsKey("control-plane.alpha.kubernetes.io/leader") != true;

    /// <summary>A slice per subset and address family, and an empty one when there is no address at all.</summary>
    public static IReadOnlyList<V1EndpointSlice> Slices(V1Endpoints endpoints)
    {
        var slices = new List<V1EndpointSlice>();
        foreach (var subset in endpoints.Subsets ?? [])
        {
            var all = (subset.Addresses ?? []).Select(address => Endpoint(address, true)).Concat((subset.NotReadyAddresses ?? []).Select(address => Endpoint(address, false)));
            foreach (var family in all.GroupBy(endpoint => endpoint.Addresses[0].Contains(':', StringComparison.Ordinal) ? "IPv6" : "IPv4"))
            {
                slices.AddRange(family.Chunk(SliceEndpoints.Capacity).Select((chunk, index) => Slice(endpoints, slices.Count + index, family.Key, subset.Ports, chunk)));
            }
        }

        return slices.Count > 0 ? slices : [Slice(endpoints, 0, "IPv4", [], [])];
    }

    private static V1Endpoint Endpoint(V1EndpointAddress address, bool ready) => new()
    {
        Addresses = [address.Ip],
        Conditions = new V1EndpointConditions { Ready = ready, Serving = ready, Terminating = false },
        Hostname = address.Hostname,
        NodeName = address.NodeName,
        TargetRef = address.TargetRef,
    };

    private static V1EndpointSlice Slice(V1Endpoints source, int index, string family, IList<Corev1EndpointPort>? ports, IList<V1Endpoint> endpoints) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = ShortHash.Name(source.Metadata.Name, ShortHash.Of($"{source.Metadata.Uid}/{family}/{index}")),
            NamespaceProperty = source.Metadata.NamespaceProperty,
            Labels = new Dictionary<string, string>(source.Metadata.Labels ?? new Dictionary<string, string>())
            {
                [Core.Wire.Labels.SliceService] = source.Metadata.Name,
                [SliceEndpoints.ManagedByLabel] = MirroringController,
            },
            OwnerReferences = [new V1OwnerReference { ApiVersion = "v1", Kind = "Endpoints", Name = source.Metadata.Name, Uid = source.Metadata.Uid, Controller = true, BlockOwnerDeletion = true }],
        },
        AddressType = family,
        Ports = [.. (ports ?? []).Select(port => new Discoveryv1EndpointPort { Name = port.Name ?? "", Port = port.Port, Protocol = port.Protocol ?? "TCP", AppProtocol = port.AppProtocol })],
        Endpoints = endpoints,
    };
}
