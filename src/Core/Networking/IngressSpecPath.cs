using System.Collections.Immutable;

namespace Knative.Xds.Core.Networking;

/// <summary>An entry of a route table.</summary>
public sealed record IngressSpecPath
{
    /// <summary>path.</summary>
    public string Path { get; init; } = "";
    /// <summary>rewriteHost.</summary>
    public string RewriteHost { get; init; } = "";
    /// <summary>headers: name to exact value.</summary>
    public ImmutableDictionary<string, string> Headers { get; init; } = ImmutableDictionary<string, string>.Empty;
    /// <summary>splits; null when absent or null.</summary>
    public ImmutableArray<IngressSpecSplit>? Splits { get; init; }
    /// <summary>appendHeaders.</summary>
    public ImmutableDictionary<string, string> AppendHeaders { get; init; } = ImmutableDictionary<string, string>.Empty;
}
