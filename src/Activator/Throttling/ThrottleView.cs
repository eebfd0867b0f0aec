using System.Collections.Immutable;

namespace Knative.Xds.Activation.Throttling;

/// <summary>State of a throttle at one moment.</summary>
internal sealed record ThrottleView(
    int ActivatorIndex,
    int ActivatorCount,
    int Capacity,
    int Backends,
    ImmutableArray<(string Address, int Capacity)> Assigned,
    string? ClusterIp);
