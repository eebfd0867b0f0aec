using Knative.Xds.Autoscaler.Conditions;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Status;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>Status of a PodAutoscaler while it is reconciled.</summary>
/// <remarks>Threading: one owner. Source: knative/serving pkg/apis/autoscaling/v1alpha1/pa_lifecycle.go.</remarks>
internal sealed class PaStatus
{
    private readonly PodAutoscaler _pa;

    public PaStatus(PodAutoscaler pa, DateTimeOffset now)
    {
        _pa = pa;
        var old = pa.Status ?? new PodAutoscalerStatus();
        Conditions = new StatusConditions(ConditionSet.PodAutoscaler, pa, old.Conditions, old.ObservedGeneration, now);
        (ServiceName, MetricsServiceName, DesiredScale, ActualScale) = (old.ServiceName, old.MetricsServiceName, old.DesiredScale, old.ActualScale);
    }

    public StatusConditions Conditions { get; }
    public string ServiceName { get; set; }
    public string MetricsServiceName { get; set; }
    public int? DesiredScale { get; private set; }
    public int? ActualScale { get; private set; }

    public ActiveCondition Active => Conditions.Find(ConditionTypes.Active)?.Status switch
    {
        "True" => ActiveCondition.Active,
        "False" => ActiveCondition.Inactive,
        _ => ActiveCondition.Activating,
    };

    public TimeSpan? ActiveFor => Conditions.Since(ConditionTypes.Active);

    public bool IsScaleTargetInitialized => Conditions.IsTrue(ConditionTypes.ScaleTargetInitialized);

    /// <summary>Takes over whether the SKS is ready; the message of one that is not is its own unless one is given.</summary>
    public bool SetSksReady(ServerlessService sks, string? notReadyMessage = null)
    {
        var ready = ConditionSet.Find(sks.Status?.Conditions, ConditionSet.Ready);
        var isReady = ready?.Status == "True" && sks.Status?.ObservedGeneration == sks.Metadata.Generation;
        if (isReady)
        {
            Conditions.MarkTrue(ConditionTypes.SksReady);
        }
        else
        {
            Conditions.MarkUnknown(ConditionTypes.SksReady, "NotReady", notReadyMessage ?? ready?.Message ?? "");
        }

        return isReady;
    }

    /// <summary>Takes over scales that somebody else decides.</summary>
    public void Follow(int desired, int actual) => (DesiredScale, ActualScale) = (desired, actual);

    public void SetNotOwned(string kind, string name) =>
        Conditions.MarkFalse(ConditionTypes.Active, "NotOwned", $"There is an existing {kind} \"{name}\" that we do not own.");

    /// <summary>Scales and the condition Active, from what is wanted and what is there.</summary>
    public void SetScale(RevisionScaling scaling, int want, int ready)
    {
        ActualScale = ready;
        // No wish yet, after a restart: the last one stays on record.
        DesiredScale = want == -1 && DesiredScale >= 0 ? DesiredScale : want;
        var minReady = ActivationRules.MinReady(scaling, IsScaleTargetInitialized);
        if (ready >= minReady && ServiceName.Length > 0)
        {
            Conditions.MarkTrue(ConditionTypes.ScaleTargetInitialized);
        }

        switch (ActivationRules.Next(Active, want, ready, minReady))
        {
            case ActiveVerdict.Active:
                Conditions.MarkTrue(ConditionTypes.Active);
                break;
            case ActiveVerdict.Queued:
                Conditions.MarkUnknown(ConditionTypes.Active, "Queued", "Requests to the target are being buffered as resources are provisioned.");
                break;
            case ActiveVerdict.NoTraffic:
                Conditions.MarkFalse(ConditionTypes.Active, "NoTraffic", "The target is not receiving traffic.");
                break;
            case ActiveVerdict.TimedOut:
                Conditions.MarkFalse(ConditionTypes.Active, "TimedOut", "The target could not be activated.");
                break;
        }
    }

    /// <summary>The object with this status; null when it says what is stored already.</summary>
    public PodAutoscaler? Changed()
    {
        var old = _pa.Status;
        var status = new PodAutoscalerStatus
        {
            ObservedGeneration = _pa.Metadata.Generation,
            Conditions = Conditions.ToList(),
            Annotations = old?.Annotations,
            ServiceName = ServiceName,
            MetricsServiceName = MetricsServiceName,
            DesiredScale = DesiredScale,
            ActualScale = ActualScale,
        };
        return StatusRules.Differ(old, status) ? new PodAutoscaler { Metadata = _pa.Metadata, Spec = _pa.Spec, Status = status } : null;
    }
}
