using System.Collections.Immutable;

namespace Knative.Xds.Core.Networking;

/// <summary>An entry of splits.</summary>
public sealed record IngressSpecSplit
{
    /// <summary>serviceNamespace.</summary>
    public string ServiceNamespace { get; init; } = "";
    /// <summary>serviceName.</summary>
    public string ServiceName { get; init; } = "";
    /// <summary>servicePort as a number; 0 when absent.</summary>
    public int PortNumber { get; init; }
    /// <summary>servicePort when it was written as text; null when it was not.</summary>
    public string? PortText { get; init; }
    /// <summary>percent.</summary>
    public int Percent { get; init; }
    /// <summary>appendHeaders.</summary>
    public ImmutableDictionary<string, string> AppendHeaders { get; init; } = ImmutableDictionary<string, string>.Empty;
}
