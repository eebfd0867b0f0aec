using System.Collections.Frozen;
using System.Collections.Immutable;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Projections;

namespace Knative.Xds.XdsServer.Fleets;

/// <summary>Fleets and the objects of the API.</summary>
internal static class FleetDirectoryExtensions
{
    /// <summary>The fleets that serve an ingress; empty when it is not ours.</summary>
    public static ImmutableArray<Fleet> Serving(this FleetDirectory fleets, KIngress ingress) =>
        fleets.Serving(IngressProjection.ClassOf(ingress), ingress.Metadata.Labels?.AsReadOnly() ?? (IReadOnlyDictionary<string, string>)FrozenDictionary<string, string>.Empty);
}
