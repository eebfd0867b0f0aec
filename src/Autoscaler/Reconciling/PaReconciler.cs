using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Conditions;
using Knative.Xds.Autoscaler.Deciding;
using Knative.Xds.Autoscaler.Sharding;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Status;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>Brings what belongs to a PodAutoscaler in line with it: decider, Metric, scale target, SKS, status.</summary>
/// <remarks>Level-triggered: reads the caches, never an event. Source: knative/serving pkg/reconciler/autoscaling/kpa/kpa.go.</remarks>
internal sealed class PaReconciler(
    KubeClient client, ClusterCaches caches, LiveSettings settings, DeciderTable deciders, Scaler scaler, AutoscalerMetrics metrics, TimeProvider time, ILogger<PaReconciler> logger)
{
    private const int LeastActivators = 2;

    public async Task ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!caches.PodAutoscalers.Store.TryGet(key, out var pa))
        {
            deciders.Delete(key);
            scaler.Forget(key);
            return;
        }

        if (!IsOurs(pa) || pa.Metadata.DeletionTimestamp is not null)
        {
            return;
        }

        var status = new PaStatus(pa, time.GetUtcNow());
        try
        {
            await ReconcileAsync(key, pa, status, cancellationToken);
        }
        finally
        {
            // Also after a failure, which leaves the conditions as they were: the generation was seen.
            await WriteStatusAsync(key, pa, status, cancellationToken);
        }
    }

    public static bool IsOurs(PodAutoscaler pa) =>
        pa.Metadata.Annotations?.TryGetValue(Labels.AutoscalerClass, out var @class) == true && @class == Labels.KpaClass;

    private async Task ReconcileAsync(ObjectKey key, PodAutoscaler pa, PaStatus status, CancellationToken cancellationToken)
    {
        var scaling = Scaling(settings.Config, pa);
        caches.ServerlessServices.Store.TryGet(key, out var sks);
        if (sks?.Status?.PrivateServiceName is not { Length: > 0 } privateService)
        {
            await EnsureSksAsync(pa, sks, status, ChildObjects.SksSpec(pa, "Proxy", LeastActivators), cancellationToken);
            status.Conditions.MarkUnknown(ConditionTypes.SksReady, "NotReady", "No Private Service Name");
            status.SetScale(scaling, -1, 0);
            return;
        }

        status.MetricsServiceName = privateService;
        var decision = deciders.CreateOrUpdate(key, scaling.Decider, pa.Metadata.Labels, FoundScale.Of(pa, sks)).Last;
        await EnsureMetricAsync(key, pa, status, ChildObjects.MetricSpec(scaling, privateService), cancellationToken);
        var want = await scaler.ScaleAsync(new ScaleTarget(key, pa, sks, scaling), status, decision, cancellationToken);

        var pods = RevisionPods.Count(caches.PodsOf(key));
        var mode = want > 0 && decision.ExcessBurstCapacity >= 0 ? "Serve" : "Proxy";
        var spec = ChildObjects.SksSpec(pa, mode, Decider.ActivatorCount(scaling.Decider, pods.Ready));
        sks = await EnsureSksAsync(pa, sks, status, spec, cancellationToken);
        status.ServiceName = sks.Status?.ServiceName ?? "";
        status.SetSksReady(sks);
        status.SetScale(scaling, want, pods.Ready);
        metrics.Reconciled(AutoscalerMetrics.LabelsOf(key, pa.Metadata.Labels), pods, want);
    }

    public static RevisionScaling Scaling(AutoscalerConfig config, PodAutoscaler pa)
    {
        var annotations = pa.Metadata.Annotations is { } found ? new Dictionary<string, string>(found) : [];
        return RevisionScalingReader.Read(config, annotations, pa.Spec.ContainerConcurrency ?? 0, pa.Spec.Reachability);
    }

    private async Task<ServerlessService> EnsureSksAsync(PodAutoscaler pa, ServerlessService? sks, PaStatus status, ServerlessServiceSpec spec, CancellationToken cancellationToken)
    {
        if (sks is null)
        {
            return await client.CreateAsync(ChildObjects.Sks(pa, spec), cancellationToken);
        }

        if (!ChildObjects.IsOwnedBy(sks, pa))
        {
            status.SetNotOwned("ServerlessService", sks.Metadata.Name);
            throw new InvalidOperationException($"PA: {pa.Metadata.Name} does not own SKS: {sks.Metadata.Name}");
        }

        return ChildObjects.AreSame(sks.Spec, spec)
            ? sks
            : await client.ReplaceAsync(new ServerlessService { Metadata = sks.Metadata, Spec = spec, Status = sks.Status }, cancellationToken);
    }

    private async Task EnsureMetricAsync(ObjectKey key, PodAutoscaler pa, PaStatus status, MetricSpec spec, CancellationToken cancellationToken)
    {
        if (!caches.Metrics.Store.TryGet(key, out var metric))
        {
            await client.CreateAsync(ChildObjects.Metric(pa, spec), cancellationToken);
            return;
        }

        if (!ChildObjects.IsOwnedBy(metric, pa))
        {
            status.SetNotOwned("Metric", metric.Metadata.Name);
            throw new InvalidOperationException($"PA: {pa.Metadata.Name} does not own Metric: {metric.Metadata.Name}");
        }

        if (!ChildObjects.AreSame(metric.Spec, spec))
        {
            await client.ReplaceAsync(new Metric { Metadata = metric.Metadata, Spec = spec, Status = metric.Status }, cancellationToken);
        }
    }

    private async Task WriteStatusAsync(ObjectKey key, PodAutoscaler pa, PaStatus status, CancellationToken cancellationToken)
    {
        if (status.Changed() is not { } changed)
        {
            return;
        }

        await client.ReplaceStatusAsync(changed, cancellationToken);
        var before = ConditionSet.Find(pa.Status?.Conditions, ConditionTypes.Active);
        var after = status.Conditions.Find(ConditionTypes.Active)!;
        if (before?.Status != after.Status)
        {
            AutoscalerLog.ActiveChanged(logger, key, after.Status, after.Reason ?? "");
        }
    }
}
