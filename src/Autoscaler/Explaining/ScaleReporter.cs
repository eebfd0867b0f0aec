using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Autoscaler.Conditions;
using Knative.Xds.Autoscaler.Deciding;
using Knative.Xds.Autoscaler.Reconciling;
using Knative.Xds.Autoscaler.Sharding;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Status;

namespace Knative.Xds.Autoscaler.Explaining;

/// <summary>Puts together what is known of a revision's scale, and of who decides what.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class ScaleReporter(
    ClusterCaches caches, ScaleTargets targets, LiveSettings settings, DeciderTable deciders, CollectionTable collections, PlanLog plans, Ownership ownership, ShardLoop shards,
    TickHistory ticks, AutoscalerOptions options, TimeProvider time)
{
    /// <summary>A revision of ours; null when it has no decider.</summary>
    public async Task<ScaleReport?> ReportAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!caches.PodAutoscalers.Store.TryGet(key, out var pa) || deciders.Find(key) is not { } decider)
        {
            return null;
        }

        return new ScaleReport
        {
            Revision = key.ToString(),
            Now = time.GetUtcNow(),
            Replica = shards.Identity,
            Bucket = ownership.Buckets!.Names[ownership.Buckets.IndexOf(key)],
            Current = Current(key, pa, await ReplicasAsync(key, pa, cancellationToken)),
            Settings = Settings(PaReconciler.Scaling(settings.Config, pa)),
            Decisions = [.. decider.History().Select(Decision)],
            Plans = [.. plans.Of(key).Select(Plan)],
        };
    }

    public SystemReport Report()
    {
        var (count, lateness) = ticks.Read();
        return new SystemReport
        {
            Now = time.GetUtcNow(),
            Replica = shards.Identity,
            LeaseDuration = shards.Settings?.Timings.Duration.TotalSeconds,
            Buckets = Buckets(),
            Revisions = deciders.Keys.Count(),
            Ticks = new SystemReport.TickReport { Count = count, IntervalMs = options.TickInterval.TotalMilliseconds, LatenessMs = lateness },
            AllocatedBytes = GC.GetTotalAllocatedBytes(),
        };
    }

    private List<SystemReport.BucketReport> Buckets()
    {
        if (ownership.Buckets is not { } buckets)
        {
            return [];
        }

        var sizes = new int[buckets.Names.Length];
        foreach (var pa in caches.PodAutoscalers.Store.List())
        {
            sizes[buckets.IndexOf(ClusterCaches.KeyOf(pa))]++;
        }

        return [.. buckets.Names.Select((name, index) => new SystemReport.BucketReport
        {
            Name = name,
            Owner = shards.HolderOf(index),
            Owned = ownership.OwnsBucket(index),
            Revisions = sizes[index],
        })];
    }

    // Of a target that the API does not show there is nothing to say.
    private async Task<int?> ReplicasAsync(ObjectKey key, PodAutoscaler pa, CancellationToken cancellationToken)
    {
        var what = pa.Spec.ScaleTargetRef;
        try
        {
            var target = await targets.FindAsync(what.ApiVersion, what.Kind, new ObjectKey(key.Namespace, what.Name), cancellationToken);
            return target is null ? null : target.Spec.Replicas ?? 1;
        }
        catch (Exception error) when (error is KubeException or HttpRequestException or TimeoutException)
        {
            return null;
        }
    }

    private ScaleReport.ScaleState Current(ObjectKey key, PodAutoscaler pa, int? replicas)
    {
        var pods = caches.PodsByRevision.Of(key).Counts;
        var active = ConditionSet.Find(pa.Status?.Conditions, ConditionTypes.Active);
        var hasSks = caches.ServerlessServices.Store.TryGet(key, out var sks);
        var collection = collections.Find(key);
        return new ScaleReport.ScaleState
        {
            Replicas = replicas,
            Ready = pods.Ready,
            NotReady = pods.NotReady,
            Pending = pods.Pending,
            Terminating = pods.Terminating,
            Active = active is null ? "Unknown" : active.Reason is { Length: > 0 } reason ? $"{active.Status} ({reason})" : active.Status,
            Mode = hasSks ? sks!.Spec.Mode ?? "" : "",
            NewestData = collection?.LastWrite,
            ScrapeProblem = collection?.Problem?.Message,
        };
    }

    private static ScaleReport.ScaleSettings Settings(RevisionScaling scaling) => new()
    {
        Metric = scaling.Metric,
        Target = scaling.Decider.TargetValue,
        Total = scaling.Decider.TotalValue,
        MinScale = scaling.MinScale,
        MaxScale = scaling.MaxScale,
        InitialScale = scaling.Decider.InitialScale,
        ActivationScale = scaling.Decider.ActivationScale,
        StableWindow = scaling.Decider.StableWindow.Seconds,
        PanicWindow = scaling.PanicWindow.Seconds,
        PanicThreshold = scaling.Decider.PanicThreshold,
        MaxScaleUpRate = scaling.Decider.MaxScaleUpRate,
        MaxScaleDownRate = scaling.Decider.MaxScaleDownRate,
        ScaleDownDelay = scaling.Decider.ScaleDownDelay.Seconds,
        TargetBurstCapacity = scaling.Decider.TargetBurstCapacity,
        Reachable = scaling.Decider.Reachable,
    };

    private static DecisionReport Decision(DecisionRecord record)
    {
        var decision = record.Decision;
        return new DecisionReport
        {
            First = record.First,
            Last = record.Last,
            Times = record.Times,
            Valid = decision.Valid,
            Desired = decision.Desired,
            Rule = decision.Rule,
            Why = DecisionText.Why(record.Spec, decision, record.After, record.Last),
            ReadyPods = decision.ReadyPods,
            StableAverage = decision.Averages.Stable,
            PanicAverage = decision.Averages.Panic,
            StablePods = decision.StablePods,
            PanicPods = decision.PanicPods,
            Panicking = decision.Panicking,
            ExcessBurstCapacity = decision.ExcessBurstCapacity,
            Path = decision.Valid ? DecisionText.Path(record.Spec, decision) : "",
        };
    }

    private static PlanReport Plan(PlanRecord record) => new()
    {
        First = record.First,
        Last = record.Last,
        Times = record.Times,
        Desired = record.Context.Desired,
        Want = record.Plan.Want,
        Apply = record.Plan.Apply,
        Rule = record.Plan.Rule,
        Why = PlanText.Why(record.Context, record.Plan),
        Due = record.Plan.RequeueAfter is { } delay ? record.Last + delay.ToTimeSpan() : null,
    };
}
