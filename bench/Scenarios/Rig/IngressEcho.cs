using System.Text.Json.Serialization;
using k8s;
using k8s.Models;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>A KIngress without its spec: what a watcher of statuses needs to read.</summary>
[KubernetesEntity(Group = "networking.internal.knative.dev", ApiVersion = "v1alpha1", Kind = "Ingress", PluralName = "ingresses")]
internal sealed class IngressEcho : IKubernetesObject<V1ObjectMeta>
{
    [JsonPropertyName("apiVersion")] public string ApiVersion { get; set; } = "networking.internal.knative.dev/v1alpha1";
    [JsonPropertyName("kind")] public string Kind { get; set; } = "Ingress";
    [JsonPropertyName("metadata")] public V1ObjectMeta Metadata { get; set; } = new();
    [JsonPropertyName("status")] public KIngressStatus? Status { get; set; }
}
