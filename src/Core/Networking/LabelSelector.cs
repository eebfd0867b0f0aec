using System.Collections.Immutable;

namespace Knative.Xds.Core.Networking;

/// <summary>A Kubernetes label selector.</summary>
public sealed record LabelSelector
{
    /// <summary>Labels that must have these values.</summary>
    public ImmutableSortedDictionary<string, string> MatchLabels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    /// <summary>Further demands, in order.</summary>
    public ImmutableArray<LabelRequirement> MatchExpressions { get; init; } = [];
}
