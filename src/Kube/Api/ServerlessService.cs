using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Knative.Xds.Kube.Api;

/// <summary>A ServerlessService (SKS).</summary>
/// <remarks>Source: knative/networking pkg/apis/networking/v1alpha1/serverlessservice_types.go.</remarks>
[KubernetesEntity(Group = "networking.internal.knative.dev", ApiVersion = "v1alpha1", Kind = "ServerlessService", PluralName = "serverlessservices")]
public sealed class ServerlessService : IKubernetesObject<V1ObjectMeta>, ISpec<ServerlessServiceSpec>, IStatus<ServerlessServiceStatus?>
{
    /// <inheritdoc/>
    [JsonPropertyName("apiVersion")] public string ApiVersion { get; set; } = "networking.internal.knative.dev/v1alpha1";
    /// <inheritdoc/>
    [JsonPropertyName("kind")] public string Kind { get; set; } = "ServerlessService";
    /// <inheritdoc/>
    [JsonPropertyName("metadata")] public V1ObjectMeta Metadata { get; set; } = new();
    /// <inheritdoc/>
    [JsonPropertyName("spec")] public ServerlessServiceSpec Spec { get; set; } = new();
    /// <inheritdoc/>
    [JsonPropertyName("status")] public ServerlessServiceStatus? Status { get; set; }
}
