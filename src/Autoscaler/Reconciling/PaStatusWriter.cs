using Knative.Xds.Autoscaler.Conditions;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Status;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>Writes statuses of PodAutoscalers where they say something new.</summary>
internal sealed class PaStatusWriter(KubeClient client, Reports reports, ILogger<PaStatusWriter> logger)
{
    public async Task WriteAsync(ObjectKey key, PodAutoscaler pa, PaStatus status, CancellationToken cancellationToken)
    {
        if (status.Changed() is not { } changed)
        {
            return;
        }

        await reports.UpdatingStatusAsync(pa, client.ReplaceStatusAsync(changed, cancellationToken));
        var before = ConditionSet.Find(pa.Status?.Conditions, ConditionTypes.Active);
        var after = status.Conditions.Find(ConditionTypes.Active)!;
        if (before?.Status != after.Status)
        {
            AutoscalerLog.ActiveChanged(logger, key, after.Status, after.Reason ?? "");
        }
    }
}
