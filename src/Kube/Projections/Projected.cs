using System.Collections.Immutable;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Kube.Projections;

/// <summary>A Kubernetes object as the rest of the system reads it, with what is wrong in it.</summary>
/// <param name="Value">The projection; each projection says when it is null.</param>
/// <param name="Problems">Everything that is wrong, in the order of the fields; empty when the object is fine.</param>
public sealed record Projected<T>(T? Value, ImmutableArray<Problem> Problems) where T : class;
