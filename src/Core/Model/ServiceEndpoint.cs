using System.Collections.Immutable;

namespace Knative.Xds.Core.Model;

/// <summary>One address behind a Service.</summary>
public sealed record ServiceEndpoint
{
    /// <summary>IP address.</summary>
    public required string Address { get; init; }
    /// <summary>Port name to port number on this address.</summary>
    public ImmutableSortedDictionary<string, int> Ports { get; init; } = ImmutableSortedDictionary<string, int>.Empty;
    /// <summary>Ready for new traffic.</summary>
    public bool Ready { get; init; } = true;
    /// <summary>Being deleted.</summary>
    public bool Terminating { get; init; }
    /// <summary>Name of the pod; null when the address is no pod.</summary>
    public string? PodName { get; init; }
}
