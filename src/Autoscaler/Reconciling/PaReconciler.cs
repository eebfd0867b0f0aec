using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Conditions;
using Knative.Xds.Autoscaler.Deciding;
using Knative.Xds.Autoscaler.Measuring;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>Brings what belongs to a PodAutoscaler in line with it: decider, Metric, scale target, SKS, status.</summary>
/// <remarks>Level-triggered: reads the caches, never an event. Source: knative/serving pkg/reconciler/autoscaling/kpa/kpa.go.</remarks>
internal sealed class PaReconciler(
    ClusterCaches caches, LiveSettings settings, DeciderTable deciders, ScaleTargets targets, Scaler scaler, PaChildren children, PaStatusWriter statuses, ColdStarts coldStarts, TimeProvider time)
{
    private const int LeastActivators = 2;

    public async Task ReconcileAsync(ObjectKey key, PodAutoscaler pa, CancellationToken cancellationToken)
    {
        var status = new PaStatus(pa, time.GetUtcNow());
        try
        {
            await ReconcileAsync(key, pa, status, cancellationToken);
        }
        finally
        {
            // Also after a failure, which leaves the conditions as they were: the generation was seen.
            await statuses.WriteAsync(key, pa, status, cancellationToken);
        }
    }

    /// <summary>Drops everything that is kept for a PodAutoscaler that is gone, or no longer ours.</summary>
    public void Forget(ObjectKey key)
    {
        deciders.Delete(key);
        scaler.Forget(key);
    }

    public static bool IsOurs(PodAutoscaler pa) =>
        pa.Metadata.Annotations?.TryGetValue(Labels.AutoscalerClass, out var @class) == true && @class == Labels.KpaClass;

    public static RevisionScaling Scaling(AutoscalerConfig config, PodAutoscaler pa) =>
        RevisionScalingReader.Read(config, Annotations(pa), pa.Spec.ContainerConcurrency ?? 0, pa.Spec.Reachability);

    public static IReadOnlyDictionary<string, string> Annotations(PodAutoscaler pa) => pa.Metadata.Annotations is { } found ? new Dictionary<string, string>(found) : [];

    private async Task ReconcileAsync(ObjectKey key, PodAutoscaler pa, PaStatus status, CancellationToken cancellationToken)
    {
        var scaling = Scaling(settings.Config, pa);
        caches.ServerlessServices.Store.TryGet(key, out var sks);
        if (sks?.Status?.PrivateServiceName is not { Length: > 0 } privateService)
        {
            await children.EnsureSksAsync(pa, sks, status, ChildObjects.SksSpec(pa, "Proxy", LeastActivators), cancellationToken);
            status.Conditions.MarkUnknown(ConditionTypes.SksReady, "NotReady", "No Private Service Name");
            status.SetScale(scaling, -1, 0);
            return;
        }

        status.MetricsServiceName = privateService;
        var decider = await DeciderAsync(key, pa, sks, scaling, cancellationToken);
        var metric = ChildObjects.MetricSpec(scaling, ChildObjects.ScrapeTarget(scaling, privateService));
        await children.EnsureMetricAsync(key, pa, status, metric, cancellationToken);
        // Read late: a request may have come meanwhile.
        var decision = default(ScaleDecision);
        var want = await scaler.ScaleAsync(new ScaleTarget(key, pa, sks, scaling), status, () => decision = decider.Last, cancellationToken);

        var pods = caches.PodsByRevision.Of(key).Counts;
        var mode = want > 0 && decision.ExcessBurstCapacity >= 0 ? "Serve" : "Proxy";
        var spec = ChildObjects.SksSpec(pa, mode, Core.Scaling.Decider.ActivatorCount(scaling.Decider, pods.Ready));
        sks = await children.EnsureSksAsync(pa, sks, status, spec, cancellationToken);
        status.ServiceName = sks.Status?.ServiceName ?? "";
        status.SetSksReady(sks);
        status.SetScale(scaling, want, pods.Ready);
        decider.Series.Reconciled(pods, want);
        if (pods.Ready > 0)
        {
            coldStarts.Reached(key);
        }
    }

    private async ValueTask<RevisionDecider> DeciderAsync(ObjectKey key, PodAutoscaler pa, ServerlessService sks, RevisionScaling scaling, CancellationToken cancellationToken)
    {
        // Pods are counted and metrics named by these; the Revision's controller always sets them.
        foreach (var label in new[] { Labels.Configuration, Labels.Revision })
        {
            if (pa.Metadata.Labels?.TryGetValue(label, out var value) != true || string.IsNullOrEmpty(value))
            {
                throw new ReconcileException($"error creating decider: label \"{label}\" not found or empty in Decider {pa.Metadata.Name}");
            }
        }

        // Asked only when it matters: it may take a request.
        var found = deciders.Find(key) is null ? await targets.FoundAsync(pa, sks, cancellationToken) : FoundScale.Nothing;
        return deciders.CreateOrUpdate(key, scaling.Decider, pa.Metadata.Labels, found);
    }
}
