using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>Keeps the SKS and the Metric of a PodAutoscaler as it wants them. Only specs count: what others write to the metadata stays.</summary>
/// <remarks>Source: knative/serving pkg/reconciler/autoscaling/reconciler.go.</remarks>
internal sealed class PaChildren(KubeClient client, ClusterCaches caches)
{
    /// <summary>Makes the SKS so; the answer is what the API has then, without a status when it is new.</summary>
    /// <remarks>Errors: <see cref="ReconcileException"/> when it belongs to somebody else or the API refuses.</remarks>
    public Task<ServerlessService> EnsureSksAsync(PodAutoscaler pa, ServerlessService? sks, PaStatus status, ServerlessServiceSpec spec, CancellationToken cancellationToken)
    {
        if (sks is null)
        {
            return ReconcileException.DuringAsync($"error creating SKS {pa.Metadata.Name}", client.CreateAsync(ChildObjects.Sks(pa, spec), cancellationToken));
        }

        if (!ChildObjects.IsOwnedBy(sks, pa))
        {
            status.SetNotOwned("ServerlessService", sks.Metadata.Name);
            throw new ReconcileException($"PA: {pa.Metadata.Name} does not own SKS: {sks.Metadata.Name}");
        }

        return ChildObjects.AreSame(sks.Spec, spec)
            ? Task.FromResult(sks)
            : ReconcileException.DuringAsync(
                $"error updating SKS {pa.Metadata.Name}",
                client.ReplaceAsync(new ServerlessService { Metadata = sks.Metadata, Spec = spec, Status = sks.Status }, cancellationToken));
    }

    /// <summary>Makes the Metric so.</summary>
    /// <remarks>Errors: <see cref="ReconcileException"/> when it belongs to somebody else or the API refuses.</remarks>
    public async Task EnsureMetricAsync(ObjectKey key, PodAutoscaler pa, PaStatus status, MetricSpec spec, CancellationToken cancellationToken)
    {
        if (!caches.Metrics.Store.TryGet(key, out var metric))
        {
            await ReconcileException.DuringAsync("error creating metric", client.CreateAsync(ChildObjects.Metric(pa, spec), cancellationToken));
            return;
        }

        if (!ChildObjects.IsOwnedBy(metric, pa))
        {
            status.SetNotOwned("Metric", metric.Metadata.Name);
            throw new ReconcileException($"PA: {pa.Metadata.Name} does not own Metric: {metric.Metadata.Name}");
        }

        if (!ChildObjects.AreSame(metric.Spec, spec))
        {
            await ReconcileException.DuringAsync(
                "error updating metric",
                client.ReplaceAsync(new Metric { Metadata = metric.Metadata, Spec = spec, Status = metric.Status }, cancellationToken));
        }
    }
}
