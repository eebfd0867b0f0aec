using k8s.Models;
using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Conditions;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Autoscaler.Reconciling.Hpa;

/// <summary>Gives a PodAutoscaler of the HPA class its HorizontalPodAutoscaler, and follows what that one does.</summary>
/// <remarks>Level-triggered. Source: knative/serving pkg/reconciler/autoscaling/hpa/hpa.go.</remarks>
internal sealed class HpaReconciler(KubeClient client, ClusterCaches caches, LiveSettings settings, PaChildren children, PaStatusWriter statuses, TimeProvider time)
{
    private const string Kind = "HorizontalPodAutoscaler";

    public async Task ReconcileAsync(ObjectKey key, PodAutoscaler pa, CancellationToken cancellationToken)
    {
        var status = new PaStatus(pa, time.GetUtcNow());
        try
        {
            await ReconcileAsync(key, pa, status, cancellationToken);
        }
        finally
        {
            await statuses.WriteAsync(key, pa, status, cancellationToken);
        }
    }

    private async Task ReconcileAsync(ObjectKey key, PodAutoscaler pa, PaStatus status, CancellationToken cancellationToken)
    {
        // This class knows no zero.
        status.Conditions.MarkTrue(ConditionTypes.Active);
        var scaling = PaReconciler.Scaling(settings.Config, pa);
        var hpa = await EnsureHpaAsync(key, pa, status, HpaSpecs.Of(pa.Spec.ScaleTargetRef, scaling), cancellationToken);

        caches.ServerlessServices.Store.TryGet(key, out var found);
        var sks = await children.EnsureSksAsync(pa, found, status, ChildObjects.SksSpec(pa, "Serve", activators: 0), cancellationToken);
        status.ServiceName = sks.Status?.ServiceName ?? "";
        status.MetricsServiceName = sks.Status?.PrivateServiceName ?? "";
        var isReady = status.SetSksReady(sks, "SKS Services are not ready yet");
        status.Follow(hpa.Status?.DesiredReplicas ?? 0, hpa.Status?.CurrentReplicas ?? 0);
        if (isReady && status.ActualScale >= ActivationRules.MinReady(scaling, status.IsScaleTargetInitialized))
        {
            status.Conditions.MarkTrue(ConditionTypes.ScaleTargetInitialized);
        }
    }

    private async Task<V2HorizontalPodAutoscaler> EnsureHpaAsync(ObjectKey key, PodAutoscaler pa, PaStatus status, V2HorizontalPodAutoscalerSpec spec, CancellationToken cancellationToken)
    {
        if (!caches.HorizontalPodAutoscalers.Store.TryGet(key, out var hpa))
        {
            return await CreateAsync(pa, status, spec, cancellationToken);
        }

        if (!ChildObjects.IsOwnedBy(hpa, pa))
        {
            status.SetNotOwned(Kind, hpa.Metadata.Name);
            throw new ReconcileException($"PodAutoscaler: \"{pa.Metadata.Name}\" does not own HPA: \"{hpa.Metadata.Name}\"");
        }

        return HpaSpecs.AreSame(hpa.Spec, spec)
            ? hpa
            : await ReconcileException.DuringAsync("failed to update HPA", client.ReplaceAsync(With(hpa.Metadata, spec, hpa.Status), cancellationToken));
    }

    private async Task<V2HorizontalPodAutoscaler> CreateAsync(PodAutoscaler pa, PaStatus status, V2HorizontalPodAutoscalerSpec spec, CancellationToken cancellationToken)
    {
        try
        {
            return await ReconcileException.DuringAsync("failed to create HPA", client.CreateAsync(With(ChildObjects.Metadata(pa, pa.Metadata.Name), spec, null), cancellationToken));
        }
        catch (ReconcileException)
        {
            status.Conditions.MarkFalse(ConditionTypes.Active, "FailedCreate", $"Failed to create {Kind} \"{pa.Metadata.Name}\".");
            throw;
        }
    }

    private static V2HorizontalPodAutoscaler With(V1ObjectMeta metadata, V2HorizontalPodAutoscalerSpec spec, V2HorizontalPodAutoscalerStatus? status) =>
        new() { ApiVersion = "autoscaling/v2", Kind = Kind, Metadata = metadata, Spec = spec, Status = status };
}
