using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Reconciling.Hpa;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>Sends each PodAutoscaler to the reconciler of its class. One of another class, or of none, is not ours.</summary>
internal sealed class PaByClass(ClusterCaches caches, LiveSettings settings, PaReconciler kpa, HpaReconciler hpa, AnnotationReport annotations, AutoscalerOptions options)
{
    public Task ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        var exists = caches.PodAutoscalers.Store.TryGet(key, out var pa);
        if (!exists || !PaReconciler.IsOurs(pa!))
        {
            kpa.Forget(key);
        }

        if (!exists || !HasClass(pa!))
        {
            annotations.Forget(key);
            return Task.CompletedTask;
        }

        if (pa!.Metadata.DeletionTimestamp is not null)
        {
            return Task.CompletedTask;
        }

        annotations.Check(key, pa, settings.Config, PaReconciler.Annotations(pa));
        return PaReconciler.IsOurs(pa) ? kpa.ReconcileAsync(key, pa, cancellationToken) : hpa.ReconcileAsync(key, pa, cancellationToken);
    }

    private bool HasClass(PodAutoscaler pa) => PaReconciler.IsOurs(pa) || (options.HpaReconciler && IsHpa(pa));

    private static bool IsHpa(PodAutoscaler pa) =>
        pa.Metadata.Annotations?.TryGetValue(Labels.AutoscalerClass, out var name) == true && name == Labels.HpaClass;
}
