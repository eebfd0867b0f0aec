using System.Collections.Immutable;

namespace Knative.Xds.Core.Model;

/// <summary>A backend's share of a path's traffic.</summary>
public sealed record IngressSplit
{
    /// <summary>Namespace and name of the Service.</summary>
    public required ObjectKey Service { get; init; }
    /// <summary>Port of the Service.</summary>
    public required ServicePortRef Port { get; init; }
    /// <summary>Share in percent, 0 to 100.</summary>
    public int Percent { get; init; }
    /// <summary>Request headers set after the split; they overwrite what the client sent.</summary>
    public ImmutableSortedDictionary<string, string> AppendHeaders { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}
