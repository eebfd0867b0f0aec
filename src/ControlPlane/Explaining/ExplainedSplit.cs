using System.Collections.Immutable;

namespace Knative.Xds.ControlPlane.Explaining;

/// <summary>One of the clusters that share a route's requests.</summary>
/// <param name="Cluster">Name, <c>namespace/service/port</c>.</param>
/// <param name="Share">Part of the requests, 0 to 1.</param>
/// <param name="Headers">Headers that the requests of this share get.</param>
public sealed record ExplainedSplit(string Cluster, double Share, ImmutableSortedDictionary<string, string> Headers)
{
    /// <summary>What does not exist, <c>namespace/service:port</c>, so that nobody answers; null when it does.</summary>
    public string? Missing { get; init; }

    /// <summary>Who gets the requests, for people.</summary>
    public string Target => Missing is null ? Cluster : $"{Cluster}, as there is no {Missing}";
}
