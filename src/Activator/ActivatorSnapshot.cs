using System.Collections.Immutable;

namespace Knative.Xds.Activation;

/// <summary>Figures of an activator at one moment.</summary>
/// <param name="AutoscalerReachable">Whether reports reach the autoscaler.</param>
/// <param name="Draining">Whether it was told to stop.</param>
/// <param name="Revisions">Sorted by key; every revision that it knows.</param>
public sealed record ActivatorSnapshot(bool AutoscalerReachable, bool Draining, ImmutableArray<RevisionSnapshot> Revisions);
