using System.Collections.Immutable;
using System.Net;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Activation.Revisions;

/// <summary>Tells whose an EndpointSlice or a Service is, by the labels that came from the revision.</summary>
internal static class SliceReader
{
    private const string PrivateSuffix = "-private";

    /// <summary>The revision that a private Service belongs to; null when it cannot be told.</summary>
    public static ObjectKey? Revision(V1Service service)
    {
        var labels = service.Metadata.Labels;
        return labels is not null && (labels.TryGetValue(Labels.Revision, out var name) || labels.TryGetValue(Labels.ServerlessService, out name))
            ? new ObjectKey(service.Metadata.NamespaceProperty, name)
            : service.Metadata.Name.EndsWith(PrivateSuffix, StringComparison.Ordinal) ? new ObjectKey(service.Metadata.NamespaceProperty, service.Metadata.Name[..^PrivateSuffix.Length]) : null;
    }

    /// <summary>Address and ports of a Service; null when it has no address of its own.</summary>
    public static ServiceEndpoint? Cluster(V1Service? service) => IPAddress.TryParse(service?.Spec?.ClusterIP, out var address)
        ? new ServiceEndpoint
        {
            Address = address.ToString(),
            Ports = (service.Spec.Ports ?? []).DistinctBy(port => port.Name ?? "").ToImmutableSortedDictionary(port => port.Name ?? "", port => port.Port, StringComparer.Ordinal),
        }
        : null;

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

    private static string? Label(V1EndpointSlice slice, string name) =>
        slice.Metadata.Labels?.TryGetValue(name, out var value) == true ? value : null;
}
