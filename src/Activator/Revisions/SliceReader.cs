using System.Collections.Immutable;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Activation.Revisions;

/// <summary>Reads EndpointSlices.</summary>
internal static class SliceReader
{
    private const string PrivateSuffix = "-private";

    /// <summary>The Service of a slice, as <c>namespace/name</c>; null when it has none.</summary>
    public static string? Service(V1EndpointSlice slice) =>
        Label(slice, Labels.SliceService) is { } name ? $"{slice.Metadata.NamespaceProperty}/{name}" : null;

    /// <summary>Whether a slice holds pods of a revision, as opposed to what its clients are sent to.</summary>
    public static bool IsPrivate(V1EndpointSlice slice) => Label(slice, Labels.ServiceType) == Labels.ServiceTypePrivate;

    /// <summary>The revision that a slice belongs to; null when it cannot be told.</summary>
    public static ObjectKey? Revision(V1EndpointSlice slice)
    {
        if ((Label(slice, Labels.Revision) ?? Label(slice, Labels.ServerlessService)) is { } name)
        {
            return new ObjectKey(slice.Metadata.NamespaceProperty, name);
        }

        return Label(slice, Labels.SliceService) is not { } service ? null
            : new ObjectKey(slice.Metadata.NamespaceProperty, IsPrivate(slice) && service.EndsWith(PrivateSuffix, StringComparison.Ordinal) ? service[..^PrivateSuffix.Length] : service);
    }

    /// <summary>All endpoints of a Service's slices; an address in several of them counts once, with the ports of all.</summary>
    public static ImmutableArray<ServiceEndpoint> Join(IEnumerable<V1EndpointSlice> slices) =>
        [.. slices.SelectMany(Endpoints)
            .GroupBy(endpoint => endpoint.Address, StringComparer.Ordinal)
            .Select(same => same.Aggregate(Merge))
            .OrderBy(endpoint => endpoint.Address, StringComparer.Ordinal)];

    private static string? Label(V1EndpointSlice slice, string name) =>
        slice.Metadata.Labels?.TryGetValue(name, out var value) == true ? value : null;

    private static ServiceEndpoint Merge(ServiceEndpoint one, ServiceEndpoint other) => one with
    {
        Ports = one.Ports.SetItems(other.Ports),
        Ready = one.Ready || other.Ready,
        Terminating = one.Terminating && other.Terminating,
    };

    private static IEnumerable<ServiceEndpoint> Endpoints(V1EndpointSlice slice)
    {
        var ports = (slice.Ports ?? []).Where(port => port.Port is not null).ToImmutableSortedDictionary(port => port.Name ?? "", port => port.Port!.Value);
        return (slice.Endpoints ?? []).SelectMany(endpoint => endpoint.Addresses.Select(address => new ServiceEndpoint
        {
            Address = address,
            Ports = ports,
            // An absent condition counts as true.
            Ready = endpoint.Conditions?.Ready ?? true,
            Terminating = endpoint.Conditions?.Terminating ?? false,
            PodName = endpoint.TargetRef?.Name,
        }));
    }
}
