using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Autoscaler.Deciding;
using Knative.Xds.Autoscaler.Reconciling;
using Knative.Xds.Autoscaler.Wiring;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Sharding;

/// <summary>Takes buckets over and lets them go.</summary>
/// <remarks>Threading: one call per bucket at a time. Upstream leaves what a demoted replica has collected where it is; promoted again, it would decide on windows with a hole in them.</remarks>
internal sealed class BucketKeeper(
    Ownership ownership, Forwarder forwarder, ClusterCaches caches, LiveSettings settings, CollectionTable collections, DeciderTable deciders,
    ScaleTargets targets, Scaler scaler, Reconcilers reconcilers, AnnotationReport annotations, ShardingMetrics metrics, TimeProvider time, ILogger<BucketKeeper> logger)
{
    /// <summary>Everything that stats are recorded in is there before the first of them is let in, then all of the bucket is reconciled.</summary>
    public void Gain(int bucket)
    {
        var started = time.GetTimestamp();
        var revisions = Adopt(bucket);
        ownership.Take(bucket);
        metrics.Owned(NameOf(bucket), owned: true);
        forwarder.Wake(bucket);
        reconcilers.AddAll(IsIn(bucket));
        ShardingLog.Gained(logger, NameOf(bucket), revisions, time.GetElapsedTime(started).TotalMilliseconds);
    }

    public void Lose(int bucket)
    {
        ownership.Lose(bucket);
        metrics.Owned(NameOf(bucket), owned: false);
        var keys = deciders.Keys.Where(IsIn(bucket)).ToList();
        foreach (var key in keys)
        {
            deciders.Delete(key);
            scaler.Forget(key);
        }

        foreach (var key in collections.All.Select(entry => entry.Key).Where(IsIn(bucket)))
        {
            collections.Delete(key);
        }

        annotations.Forget(IsIn(bucket));
        ShardingLog.Lost(logger, NameOf(bucket), keys.Count);
    }

    private int Adopt(int bucket)
    {
        foreach (var metric in caches.Metrics.Store.List().Where(metric => IsIn(bucket)(ClusterCaches.KeyOf(metric))))
        {
            Try(ClusterCaches.KeyOf(metric), () => MetricReconciler.Collect(collections, metric, time.GetUtcNow()));
        }

        var adopted = 0;
        foreach (var pa in caches.PodAutoscalers.Store.List().Where(pa => PaReconciler.IsOurs(pa) && IsIn(bucket)(ClusterCaches.KeyOf(pa))))
        {
            adopted += Try(ClusterCaches.KeyOf(pa), () => Adopt(pa)) ? 1 : 0;
        }

        return adopted;
    }

    private void Adopt(PodAutoscaler pa)
    {
        var key = ClusterCaches.KeyOf(pa);
        // Without its private Service a revision has no decider yet; where its target is no Deployment, whose scale is at hand, its reconciler makes one.
        if (caches.ServerlessServices.Store.TryGet(key, out var sks) && sks.Status?.PrivateServiceName is { Length: > 0 } && targets.Found(pa, sks) is { } found)
        {
            deciders.CreateOrUpdate(key, PaReconciler.Scaling(settings.Config, pa).Decider, pa.Metadata.Labels, found);
        }
    }

    // One odd object must not keep the others without an owner.
    private bool Try(ObjectKey key, Action adopt)
    {
        try
        {
            adopt();
            return true;
        }
        catch (Exception error)
        {
            ShardingLog.AdoptionFailed(logger, key, error.Message);
            return false;
        }
    }

    private Func<ObjectKey, bool> IsIn(int bucket) => key => ownership.Buckets!.IndexOf(key) == bucket;

    private string NameOf(int bucket) => ownership.Buckets!.Names[bucket];
}
