using System.Collections.Immutable;

namespace Knative.Xds.Core.Model;

/// <summary>A Kubernetes Service, as far as routing needs it.</summary>
public sealed record BackendService
{
    /// <summary>Namespace and name.</summary>
    public required ObjectKey Key { get; init; }
    /// <summary>spec.externalName of a Service of type ExternalName; null otherwise.</summary>
    public string? ExternalName { get; init; }
    /// <summary>spec.clusterIP; null or <c>None</c> when headless.</summary>
    public string? ClusterIP { get; init; }
    /// <summary>spec.ports, in order.</summary>
    public ImmutableArray<BackendServicePort> Ports { get; init; } = [];
}
