using System.Collections.Concurrent;
using Knative.Xds.Autoscaler.Measuring;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>Says which revisions have annotations that admission would refuse: once, in log and Event, and as a number for as long as they have.</summary>
/// <remarks>Threading: safe.</remarks>
internal sealed class AnnotationReport(Reports reports, AutoscalerMetrics metrics, ILogger<AnnotationReport> logger)
{
    private readonly ConcurrentDictionary<ObjectKey, string> _problems = new();

    public void Check(ObjectKey key, PodAutoscaler pa, AutoscalerConfig config, IReadOnlyDictionary<string, string> annotations)
    {
        var problems = string.Join("; ", AnnotationRules.Check(config, annotations).Concat(AnnotationRules.Unusable(annotations)));
        if (problems.Length == 0)
        {
            Forget(key);
        }
        else if (_problems.GetValueOrDefault(key) != problems)
        {
            _problems[key] = problems;
            AutoscalerLog.InvalidAnnotations(logger, key, problems);
            reports.InvalidAnnotations(pa, problems);
            metrics.InvalidAnnotations(_problems.Count);
        }
    }

    public void Forget(ObjectKey key)
    {
        if (_problems.TryRemove(key, out _))
        {
            metrics.InvalidAnnotations(_problems.Count);
        }
    }

    /// <summary>Forgets those that another replica looks after from now on.</summary>
    public void Forget(Func<ObjectKey, bool> lost)
    {
        foreach (var key in _problems.Keys.Where(lost))
        {
            Forget(key);
        }
    }
}
