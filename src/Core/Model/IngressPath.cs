using System.Collections.Immutable;

namespace Knative.Xds.Core.Model;

/// <summary>One entry of a rule's route table.</summary>
public sealed record IngressPath
{
    /// <summary>Literal prefix that starts with <c>/</c>; empty matches everything.</summary>
    public string Path { get; init; } = "";
    /// <summary>Replaces Host towards the backend; empty leaves it.</summary>
    public string RewriteHost { get; init; } = "";
    /// <summary>Header name to exact value; all must match. Names match case-insensitively.</summary>
    public ImmutableSortedDictionary<string, string> Headers { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    /// <summary>Request headers set before the split; they overwrite what the client sent.</summary>
    public ImmutableSortedDictionary<string, string> AppendHeaders { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    /// <summary>Backends and their shares, in order.</summary>
    public ImmutableArray<IngressSplit> Splits { get; init; } = [];

    /// <summary>Whether one of its splits has a share; a single one may leave its percent out.</summary>
    public bool GivesTo(IngressSplit split) => split.Percent > 0 || Splits.Length == 1;
}
