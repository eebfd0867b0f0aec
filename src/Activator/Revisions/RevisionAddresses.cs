using System.Collections.Immutable;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Activation.Revisions;

/// <summary>Where a revision's two Services lead, as Kubernetes has them.</summary>
/// <param name="Private">Its pods, ready or not.</param>
/// <param name="Public">What clients are sent to: pods or activators.</param>
/// <param name="Cluster">Address of the private Service itself; null when it has none.</param>
internal sealed record RevisionAddresses(ImmutableArray<ServiceEndpoint> Private, ImmutableArray<ServiceEndpoint> Public, ServiceEndpoint? Cluster)
{
    public static readonly RevisionAddresses None = new([], [], null);

    public bool IsEmpty => Private.IsEmpty && Public.IsEmpty && Cluster is null;
}
