using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
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

    /// <summary>What is found of a revision's scale: what its PodAutoscaler says, and what its target is set to.</summary>
    /// <remarks>A target that the API does not show counts as none.</remarks>
    public async ValueTask<FoundScale> FoundAsync(PodAutoscaler pa, ServerlessService? sks, CancellationToken cancellationToken)
    {
        PodScalable? target = null;
        try
        {
            var what = pa.Spec.ScaleTargetRef;
            target = await FindAsync(what.ApiVersion, what.Kind, TargetOf(pa), cancellationToken);
        }
        catch (Exception error) when (error is KubeException or HttpRequestException or TimeoutException)
        {
            // Who sets its scale meets the same, and says so.
        }

        return Found(pa, sks, target);
    }

    /// <summary>The same of a revision whose target is a Deployment; null when it is of another kind.</summary>
    public FoundScale? Found(PodAutoscaler pa, ServerlessService? sks) =>
        IsDeployment(pa.Spec.ScaleTargetRef.ApiVersion, pa.Spec.ScaleTargetRef.Kind) ? Found(pa, sks, FindDeployment(TargetOf(pa))) : null;

    /// <summary>Patches the scale of a target.</summary>
    public Task PatchScaleAsync(string apiVersion, string kind, ObjectKey key, V1Patch patch, CancellationToken cancellationToken) => IsDeployment(apiVersion, kind)
        ? client.PatchAsync<V1Deployment>(key, patch, "scale", cancellationToken)
        : client.PatchScaleAsync(ResourceKind.Of(apiVersion, kind), key, patch, cancellationToken);

    /// <summary>How the API calls a target, in its own messages.</summary>
    public static string Name(string apiVersion, string kind, string name) => IsDeployment(apiVersion, kind)
        ? $"deployments.apps \"{name}\""
        : $"{ResourceKind.Of(apiVersion, kind).Plural}{(apiVersion.Split('/') is [var group, _] ? "." + group : "")} \"{name}\"";

    // Unset replicas are one.
    private static FoundScale Found(PodAutoscaler pa, ServerlessService? sks, PodScalable? target) =>
        new(pa.Status?.DesiredScale ?? -1, target is null ? 0 : target.Spec.Replicas ?? 1, sks?.Spec.Mode == "Serve");

    private static ObjectKey TargetOf(PodAutoscaler pa) => new(pa.Metadata.NamespaceProperty, pa.Spec.ScaleTargetRef.Name);

    private static bool IsDeployment(string apiVersion, string kind) => kind.Length == 0 || (kind == V1Deployment.KubeKind && apiVersion is "apps/v1" or "");
}
