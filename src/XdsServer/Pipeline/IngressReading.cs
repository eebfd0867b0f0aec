using System.Collections.Immutable;
using Knative.Xds.Core.Model;
using Knative.Xds.XdsServer.Fleets;

namespace Knative.Xds.XdsServer.Pipeline;

/// <summary>An ingress as read from the API.</summary>
/// <param name="Generation">metadata.generation.</param>
/// <param name="CreatedAt">metadata.creationTimestamp.</param>
/// <param name="Fleets">The fleets that serve it; at least one.</param>
/// <param name="Value">The ingress; null when it has problems.</param>
/// <param name="Problems">What is wrong in it.</param>
internal sealed record IngressReading(long Generation, DateTimeOffset CreatedAt, ImmutableArray<Fleet> Fleets, Ingress? Value, ImmutableArray<Problem> Problems)
{
    /// <summary>metadata.resourceVersion; 0 when it is no number.</summary>
    public long Version { get; init; }
}
