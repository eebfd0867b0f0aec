using System.Collections.Immutable;

namespace Knative.Xds.Core.Networking;

/// <summary>The spec of a KIngress with all that its hash depends on; unlike <see cref="Model.Ingress"/> it knows what is absent, empty, and how a port was written.</summary>
/// <remarks>Source: knative/networking pkg/apis/networking/v1alpha1/ingress_types.go. Texts that are absent are empty.</remarks>
public sealed record IngressSpec
{
    /// <summary>spec.tls.</summary>
    public ImmutableArray<IngressSpecTls> Tls { get; init; } = [];
    /// <summary>spec.rules.</summary>
    public ImmutableArray<IngressSpecRule> Rules { get; init; } = [];
    /// <summary>spec.httpOption.</summary>
    public string HttpOption { get; init; } = "";
}
