using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Knative.Xds.Kube.Api;

/// <summary>A KIngress (networking.internal.knative.dev/v1alpha1, kind Ingress).</summary>
/// <remarks>Source: knative/networking pkg/apis/networking/v1alpha1/ingress_types.go.</remarks>
[KubernetesEntity(Group = "networking.internal.knative.dev", ApiVersion = "v1alpha1", Kind = "Ingress", PluralName = "ingresses")]
public sealed class KIngress : IKubernetesObject<V1ObjectMeta>, ISpec<KIngressSpec>, IStatus<KIngressStatus?>
{
    /// <inheritdoc/>
    [JsonPropertyName("apiVersion")] public string ApiVersion { get; set; } = "networking.internal.knative.dev/v1alpha1";
    /// <inheritdoc/>
    [JsonPropertyName("kind")] public string Kind { get; set; } = "Ingress";
    /// <inheritdoc/>
    [JsonPropertyName("metadata")] public V1ObjectMeta Metadata { get; set; } = new();
    /// <inheritdoc/>
    [JsonPropertyName("spec")] public KIngressSpec Spec { get; set; } = new();
    /// <inheritdoc/>
    [JsonPropertyName("status")] public KIngressStatus? Status { get; set; }
}
