using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Knative.Xds.Kube.Api;

/// <summary>A PodAutoscaler (PA, kpa).</summary>
/// <remarks>Source: knative/serving pkg/apis/autoscaling/v1alpha1/pa_types.go.</remarks>
[KubernetesEntity(Group = "autoscaling.internal.knative.dev", ApiVersion = "v1alpha1", Kind = "PodAutoscaler", PluralName = "podautoscalers")]
public sealed class PodAutoscaler : IKubernetesObject<V1ObjectMeta>, ISpec<PodAutoscalerSpec>, IStatus<PodAutoscalerStatus?>
{
    /// <inheritdoc/>
    [JsonPropertyName("apiVersion")] public string ApiVersion { get; set; } = "autoscaling.internal.knative.dev/v1alpha1";
    /// <inheritdoc/>
    [JsonPropertyName("kind")] public string Kind { get; set; } = "PodAutoscaler";
    /// <inheritdoc/>
    [JsonPropertyName("metadata")] public V1ObjectMeta Metadata { get; set; } = new();
    /// <inheritdoc/>
    [JsonPropertyName("spec")] public PodAutoscalerSpec Spec { get; set; } = new();
    /// <inheritdoc/>
    [JsonPropertyName("status")] public PodAutoscalerStatus? Status { get; set; }
}
