using System.Collections.Immutable;

namespace Knative.Xds.ControlPlane.Explaining;

/// <summary>What a route configuration does with a request, and why.</summary>
public sealed record RouteExplanation
{
    /// <summary>Name of the virtual host; null when none has the host.</summary>
    public string? VirtualHost { get; init; }
    /// <summary>The domain of the virtual host that the request's host met.</summary>
    public string? Domain { get; init; }
    /// <summary>Routes up to and with the one that matches, in order.</summary>
    public ImmutableArray<ConsideredRoute> Considered { get; init; } = [];
    /// <summary>Name of the route that matches; null when none does.</summary>
    public string? Route { get; init; }
    /// <summary>Where the requests go; empty when nowhere.</summary>
    public ImmutableArray<ExplainedSplit> Splits { get; init; } = [];
    /// <summary>Headers that all requests get.</summary>
    public ImmutableSortedDictionary<string, string> Headers { get; init; } = GatewayRequest.NoHeaders;
    /// <summary>Host that the backend sees, where it is not the request's; null otherwise.</summary>
    public string? RewriteHost { get; init; }
    /// <summary>Status that the gateway itself answers; null when a backend answers.</summary>
    public int? Status { get; init; }
    /// <summary>Where a redirect leads; null without one.</summary>
    public string? Location { get; init; }
    /// <summary>What comes of it, as a sentence.</summary>
    public required string Verdict { get; init; }
}
