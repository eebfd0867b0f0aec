using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Knative.Xds.Kube.Api;

/// <summary>A Metric: what the autoscaler collects for a revision.</summary>
/// <remarks>Source: knative/serving pkg/apis/autoscaling/v1alpha1/metric_types.go.</remarks>
[KubernetesEntity(Group = "autoscaling.internal.knative.dev", ApiVersion = "v1alpha1", Kind = "Metric", PluralName = "metrics")]
public sealed class Metric : IKubernetesObject<V1ObjectMeta>, ISpec<MetricSpec>, IStatus<MetricStatus?>
{
    /// <inheritdoc/>
    [JsonPropertyName("apiVersion")] public string ApiVersion { get; set; } = "autoscaling.internal.knative.dev/v1alpha1";
    /// <inheritdoc/>
    [JsonPropertyName("kind")] public string Kind { get; set; } = "Metric";
    /// <inheritdoc/>
    [JsonPropertyName("metadata")] public V1ObjectMeta Metadata { get; set; } = new();
    /// <inheritdoc/>
    [JsonPropertyName("spec")] public MetricSpec Spec { get; set; } = new();
    /// <inheritdoc/>
    [JsonPropertyName("status")] public MetricStatus? Status { get; set; }
}
