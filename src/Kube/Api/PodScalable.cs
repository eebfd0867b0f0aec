using System.Text.Json.Serialization;
using k8s.Models;

namespace Knative.Xds.Kube.Api;

/// <summary>What every object that runs a number of equal pods has: Deployments, StatefulSets and their like.</summary>
/// <remarks>Source: knative/serving pkg/apis/autoscaling/v1alpha1/podscalable_types.go.</remarks>
public sealed class PodScalable
{
    /// <summary>Metadata.</summary>
    [JsonPropertyName("metadata")] public V1ObjectMeta Metadata { get; set; } = new();
    /// <summary>Spec.</summary>
    [JsonPropertyName("spec")] public PodScalableSpec Spec { get; set; } = new();

    /// <summary>The part of a spec that counts.</summary>
    public sealed class PodScalableSpec
    {
        /// <summary>Wanted pods; null is 1.</summary>
        [JsonPropertyName("replicas")] public int? Replicas { get; set; }
        /// <summary>Which pods are its own.</summary>
        [JsonPropertyName("selector")] public V1LabelSelector? Selector { get; set; }
    }
}
