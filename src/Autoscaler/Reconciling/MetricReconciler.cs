using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Autoscaler.Conditions;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Status;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>Collects for every Metric, and reports in its status how that goes.</summary>
/// <remarks>Source: knative/serving pkg/reconciler/metric/metric.go.</remarks>
internal sealed class MetricReconciler(KubeClient client, ClusterCaches caches, CollectionTable collections, Reports reports, TimeProvider time)
{
    public async Task ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!caches.Metrics.Store.TryGet(key, out var metric))
        {
            collections.Delete(key);
            return;
        }

        if (metric.Metadata.DeletionTimestamp is not null)
        {
            return;
        }

        var problem = Collect(collections, metric, time.GetUtcNow());
        var conditions = new StatusConditions(ConditionSet.Metric, metric, metric.Status?.Conditions, metric.Status?.ObservedGeneration, time.GetUtcNow());
        if (problem is null)
        {
            conditions.MarkTrue(ConditionSet.Ready);
        }
        else
        {
            conditions.MarkFalse(ConditionSet.Ready, problem.Reason, problem.Message);
        }

        await WriteStatusAsync(metric, conditions.ToList(), cancellationToken);
    }

    /// <summary>Begins or adjusts the collection of a Metric; the answer is why the last scrape failed.</summary>
    public static ScrapeProblem? Collect(CollectionTable collections, Metric metric, DateTimeOffset now) =>
        collections.CreateOrUpdate(ClusterCaches.KeyOf(metric), CollectionSpec.Read(metric), now);

    private async Task WriteStatusAsync(Metric metric, List<Condition> conditions, CancellationToken cancellationToken)
    {
        var status = new MetricStatus { ObservedGeneration = metric.Metadata.Generation, Conditions = conditions, Annotations = metric.Status?.Annotations };
        if (StatusRules.Differ(metric.Status, status))
        {
            await reports.UpdatingStatusAsync(
                metric, client.ReplaceStatusAsync(new Metric { Metadata = metric.Metadata, Spec = metric.Spec, Status = status }, cancellationToken));
        }
    }
}
