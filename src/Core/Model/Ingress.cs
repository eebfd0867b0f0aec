using System.Collections.Immutable;

namespace Knative.Xds.Core.Model;

/// <summary>A KIngress after defaulting, as the translator reads it.</summary>
/// <remarks>Source: knative/networking pkg/apis/networking/v1alpha1/ingress_types.go.</remarks>
public sealed record Ingress
{
    /// <summary>Namespace and name.</summary>
    public required ObjectKey Key { get; init; }
    /// <summary>UID given by the API; empty when translated offline.</summary>
    public string Uid { get; init; } = "";
    /// <summary>metadata.generation.</summary>
    public long Generation { get; init; }
    /// <summary>metadata.creationTimestamp: of two ingresses that claim one host, the older wins.</summary>
    public DateTimeOffset CreatedAt { get; init; }
    /// <summary>Value of the ingress class annotation; empty when absent.</summary>
    public string Class { get; init; } = "";
    /// <summary>Hash of the defaulted spec, which probes get back (<see cref="Networking.NetworkHash"/>); empty where nobody probes.</summary>
    public string Hash { get; init; } = "";
    /// <summary>spec.httpOption.</summary>
    public HttpOption HttpOption { get; init; }
    /// <summary>spec.rules, in order.</summary>
    public ImmutableArray<IngressRule> Rules { get; init; } = [];
    /// <summary>spec.tls, in order.</summary>
    public ImmutableArray<IngressTls> Tls { get; init; } = [];
    /// <summary>metadata.labels.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    /// <summary>metadata.annotations.</summary>
    public ImmutableSortedDictionary<string, string> Annotations { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}
