using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Knative.Xds.Kube.Api;

/// <summary>A Revision, as far as the data path reads it.</summary>
/// <remarks>Source: knative/serving pkg/apis/serving/v1/revision_types.go.</remarks>
[KubernetesEntity(Group = "serving.knative.dev", ApiVersion = "v1", Kind = "Revision", PluralName = "revisions")]
public sealed class ServingRevision : IKubernetesObject<V1ObjectMeta>, ISpec<ServingRevisionSpec>
{
    /// <inheritdoc/>
    [JsonPropertyName("apiVersion")] public string ApiVersion { get; set; } = "serving.knative.dev/v1";
    /// <inheritdoc/>
    [JsonPropertyName("kind")] public string Kind { get; set; } = "Revision";
    /// <inheritdoc/>
    [JsonPropertyName("metadata")] public V1ObjectMeta Metadata { get; set; } = new();
    /// <inheritdoc/>
    [JsonPropertyName("spec")] public ServingRevisionSpec Spec { get; set; } = new();
}
