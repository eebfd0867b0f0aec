using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Core.Scaling;
using Prometheus;

namespace Knative.Xds.Autoscaler.Measuring;

/// <summary>The series of one revision. They end with it.</summary>
/// <remarks>Threading: safe; setting a value that has been set before allocates nothing.</remarks>
internal sealed class RevisionSeries(RevisionMetrics metrics, string[] labels)
{
    private static readonly RevisionValue[] All = Enum.GetValues<RevisionValue>();

    private static readonly RevisionValue[] OfConcurrency = [RevisionValue.StableConcurrency, RevisionValue.PanicConcurrency, RevisionValue.TargetConcurrency];
    private static readonly RevisionValue[] OfRps = [RevisionValue.StableRps, RevisionValue.PanicRps, RevisionValue.TargetRps];

    private readonly Gauge.Child[]?[] _children = new Gauge.Child[]?[All.Length];

    /// <summary>Label values of the revision.</summary>
    public string[] Labels => labels;

    public void Set(RevisionValue value, double number)
    {
        var children = _children[(int)value] ??= [.. metrics.GaugesOf(value).Select(gauge => gauge.WithLabels(labels))];
        foreach (var child in children)
        {
            child.Set(number);
        }
    }

    public void Decided(DeciderSpec spec, in ScaleDecision decision)
    {
        Set(RevisionValue.Desired, decision.Desired);
        Set(RevisionValue.ExcessCapacity, decision.ExcessBurstCapacity);
        Set(RevisionValue.Panic, decision.Panicking ? 1 : 0);
        var isRps = spec.ScalingMetric == ScalingMetric.Rps;
        foreach (var value in isRps ? OfConcurrency : OfRps)
        {
            Drop(value);
        }

        Set(isRps ? RevisionValue.StableRps : RevisionValue.StableConcurrency, decision.Averages.Stable);
        Set(isRps ? RevisionValue.PanicRps : RevisionValue.PanicConcurrency, decision.Averages.Panic);
        Set(isRps ? RevisionValue.TargetRps : RevisionValue.TargetConcurrency, spec.TargetValue);
    }

    /// <summary>Publishes pods and the wish for them; without a wish (-1) the last one stays.</summary>
    public void Reconciled(in PodCounts pods, int want)
    {
        Set(RevisionValue.Ready, pods.Ready);
        Set(RevisionValue.NotReady, pods.NotReady);
        Set(RevisionValue.Pending, pods.Pending);
        Set(RevisionValue.Terminating, pods.Terminating);
        if (want >= 0)
        {
            Set(RevisionValue.Requested, want);
        }
    }

    // The last value of a metric that it was scaled by before would stand for ever.
    private void Drop(RevisionValue value)
    {
        if (_children[(int)value] is not null)
        {
            _children[(int)value] = null;
            foreach (var gauge in metrics.GaugesOf(value))
            {
                gauge.RemoveLabelled(labels);
            }
        }
    }

    public void Remove()
    {
        foreach (var gauge in All.SelectMany(metrics.GaugesOf))
        {
            gauge.RemoveLabelled(labels);
        }
    }
}
