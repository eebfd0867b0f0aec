using System.Collections.Immutable;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>The sandbox at one moment.</summary>
/// <param name="Revisions">Sorted by namespace and name.</param>
/// <param name="Ingresses">Sorted by namespace and name.</param>
public sealed record SystemSnapshot(ImmutableArray<RevisionView> Revisions, ImmutableArray<IngressView> Ingresses);
