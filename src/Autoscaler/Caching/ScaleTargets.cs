using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Autoscaler.Caching;

/// <summary>What PodAutoscalers scale: Deployments from their copy, objects of any other kind with a <c>scale</c> from the API itself.</summary>
/// <remarks>Threading: safe. Source: knative/serving pkg/reconciler/autoscaling/resources (duck PodScalable); revisions have Deployments.</remarks>
internal sealed class ScaleTargets(KubeClient client, ClusterCaches caches)
{
    /// <summary>Reads a target; null when there is none.</summary>
    /// <remarks>Errors: <see cref="KubeException"/> when the API refuses to show one that is no Deployment.</remarks>
    public ValueTask<PodScalable?> FindAsync(string apiVersion, string kind, ObjectKey key, CancellationToken cancellationToken) => IsDeployment(apiVersion, kind)
        ? new ValueTask<PodScalable?>(FindDeployment(key))
        : new ValueTask<PodScalable?>(client.FindScalableAsync(ResourceKind.Of(apiVersion, kind), key, cancellationToken));

    /// <summary>Reads a Deployment; null when there is none.</summary>
    public PodScalable? FindDeployment(ObjectKey key) => caches.Deployments.Store.TryGet(key, out var found)
        ? new PodScalable { Metadata = found.Metadata, Spec = new PodScalable.PodScalableSpec { Replicas = found.Spec?.Replicas, Selector = found.Spec?.Selector } }
        : null;

    /// <summary>Patches the scale of a target.</summary>
    public Task PatchScaleAsync(string apiVersion, string kind, ObjectKey key, V1Patch patch, CancellationToken cancellationToken) => IsDeployment(apiVersion, kind)
        ? client.PatchAsync<V1Deployment>(key, patch, "scale", cancellationToken)
        : client.PatchScaleAsync(ResourceKind.Of(apiVersion, kind), key, patch, cancellationToken);

    /// <summary>How the API calls a target, in its own messages.</summary>
    public static string Name(string apiVersion, string kind, string name) => IsDeployment(apiVersion, kind)
        ? $"deployments.apps \"{name}\""
        : $"{ResourceKind.Of(apiVersion, kind).Plural}{(apiVersion.Split('/') is [var group, _] ? "." + group : "")} \"{name}\"";

    private static bool IsDeployment(string apiVersion, string kind) => kind.Length == 0 || (kind == V1Deployment.KubeKind && apiVersion is "apps/v1" or "");
}
