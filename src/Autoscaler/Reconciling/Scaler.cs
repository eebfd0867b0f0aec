using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Conditions;
using Knative.Xds.Autoscaler.Explaining;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Kube.Status;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>Carries decisions out: plans with the pure rules, probes where they ask for it, and sets the scale.</summary>
/// <remarks>Threading: safe. Source: knative/serving pkg/reconciler/autoscaling/kpa/scaler.go.</remarks>
internal sealed class Scaler(
    ScaleWriter writer, IActivatorProbe probe, ClusterCaches caches, LiveSettings settings, PlanLog log, AutoscalerOptions options, TimeProvider time)
{
    /// <summary>Fires when a revision must be looked at again after a while.</summary>
    public event Action<ObjectKey, GoDuration>? Requeue;

    /// <summary>Scales as far as the rules allow now; the answer is the number of pods wanted, -1 when there is no wish yet.</summary>
    /// <param name="target">What is scaled.</param>
    /// <param name="status">What its status says.</param>
    /// <param name="latest">Its last decision; asked again after a probe, during which a request may come.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public Task<int> ScaleAsync(ScaleTarget target, PaStatus status, Func<ScaleDecision> latest, CancellationToken cancellationToken) =>
        ScaleAsync(target, Context(target, status, latest().Desired), latest, cancellationToken);

    internal async Task<int> ScaleAsync(ScaleTarget target, ScaleContext context, Func<ScaleDecision> latest, CancellationToken cancellationToken)
    {
        var plan = ScalePlanner.Plan(context);
        var decision = latest();
        if (plan.ProbeFirst)
        {
            var answered = await probe.ProbeAsync(target, cancellationToken);
            // A zero from before would take the pod away that a request has woken meanwhile.
            decision = latest();
            context = context with { ActivatorAnswered = answered, Desired = decision.Desired };
            plan = ScalePlanner.Plan(context);
        }

        log.Add(target.Key, context, plan);

        if (plan.ProbeInBackground)
        {
            probe.ProbeInBackground(target, BackgroundProbe.Of(target, options.ClusterDomain), key => Requeue?.Invoke(key, GoDuration.FromSeconds(1)));
        }

        if (plan.RequeueAfter is { } delay)
        {
            Requeue?.Invoke(target.Key, delay);
        }

        if (plan.Apply)
        {
            await writer.ApplyAsync(target, plan.Want, Explain(plan, decision), cancellationToken);
        }

        return plan.Want;
    }

    /// <summary>The short way up from zero: no status, no probe, one patch.</summary>
    public async Task WakeAsync(ObjectKey key, ScaleDecision decision, CancellationToken cancellationToken)
    {
        if (!caches.PodAutoscalers.Store.TryGet(key, out var pa) || !PaReconciler.IsOurs(pa) || pa.Metadata.DeletionTimestamp is not null)
        {
            return;
        }

        caches.ServerlessServices.Store.TryGet(key, out var sks);
        var target = new ScaleTarget(key, pa, sks, PaReconciler.Scaling(settings.Config, pa));
        var context = Context(target, new PaStatus(pa, time.GetUtcNow()), decision.Desired);
        var plan = ScalePlanner.Plan(context);
        if (plan is { Apply: true, Want: > 0 })
        {
            log.Add(key, context, plan);
            await writer.ApplyAsync(target, plan.Want, Explain(plan, decision), cancellationToken);
        }
    }

    public void Forget(ObjectKey key)
    {
        writer.Forget(key);
        log.Forget(key);
    }

    /// <summary>What the objects say of the revision.</summary>
    internal ScaleContext Context(ScaleTarget target, PaStatus status, int desired)
    {
        var now = time.GetUtcNow();
        var sksConditions = target.Sks?.Status?.Conditions;
        return new ScaleContext
        {
            Scaling = target.Scaling,
            Config = settings.Config,
            ProgressDeadline = settings.ProgressDeadline,
            Desired = desired,
            Active = status.Active,
            ActiveFor = status.ActiveFor,
            ScaleTargetInitialized = status.IsScaleTargetInitialized,
            SksInProxyMode = target.Sks?.Spec.Mode == "Proxy",
            ProxyFor = ConditionSet.IsTrue(sksConditions, ConditionTypes.ActivatorEndpointsPopulated)
                ? StatusConditions.Since(sksConditions, ConditionTypes.ActivatorEndpointsPopulated, now) ?? TimeSpan.Zero
                : GoDuration.Zero,
        };
    }

    private static string Explain(ScalePlan plan, in ScaleDecision decision) => FormattableString.Invariant(
        $"{plan.Why}; decided {decision.Desired}{(decision.Panicking ? " in panic" : "")} from averages {decision.Averages.Stable:0.##} stable, {decision.Averages.Panic:0.##} panic, with {decision.ReadyPods} ready");
}
