using System.Collections.Immutable;

namespace Knative.Xds.ControlPlane.Explaining;

/// <summary>One of the clusters that share a route's requests.</summary>
/// <param name="Cluster">Name, <c>namespace/service/port</c>.</param>
/// <param name="Share">Part of the requests, 0 to 1.</param>
/// <param name="Headers">Headers that the requests of this share get.</param>
public sealed record ExplainedSplit(string Cluster, double Share, ImmutableSortedDictionary<string, string> Headers);
