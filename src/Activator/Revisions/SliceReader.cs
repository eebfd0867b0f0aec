using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Activation.Revisions;

/// <summary>Tells whose an EndpointSlice is, by the labels that its Service got from the revision.</summary>
internal static class SliceReader
{
    private const string PrivateSuffix = "-private";

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
