using System.Collections.Immutable;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Activation.Revisions;

/// <summary>Endpoints of a revision's two Services, as Kubernetes has them.</summary>
/// <param name="Private">Its pods, ready or not.</param>
/// <param name="Public">What clients are sent to: pods or activators.</param>
internal sealed record RevisionAddresses(ImmutableArray<ServiceEndpoint> Private, ImmutableArray<ServiceEndpoint> Public)
{
    public static readonly RevisionAddresses None = new([], []);
}
