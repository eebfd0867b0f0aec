using k8s.Models;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Reconciling.Hpa;

/// <summary>HorizontalPodAutoscalers for PodAutoscalers that leave scaling to Kubernetes.</summary>
/// <remarks>Source: knative/serving pkg/reconciler/autoscaling/hpa/resources/hpa.go.</remarks>
internal static class HpaSpecs
{
    // What the API server puts where nothing is said.
    private const int DefaultMinReplicas = 1;
    private const int DefaultUtilization = 80;
    private const string Cpu = "cpu";

    /// <summary>The spec that annotations and settings ask for.</summary>
    public static V2HorizontalPodAutoscalerSpec Of(ScaleTargetRef target, RevisionScaling scaling) => new()
    {
        ScaleTargetRef = new V2CrossVersionObjectReference { ApiVersion = target.ApiVersion, Kind = target.Kind, Name = target.Name },
        MinReplicas = scaling.MinScale > 0 ? scaling.MinScale : null,
        MaxReplicas = scaling.MaxScale == 0 ? int.MaxValue : scaling.MaxScale,
        Metrics = scaling.Target is { } value ? [Metric(scaling.Metric, value)] : null,
        Behavior = scaling.Window is { } window ? Behavior(window) : null,
    };

    /// <summary>Whether a stored spec says the same; what the API server added counts as unsaid.</summary>
    public static bool AreSame(V2HorizontalPodAutoscalerSpec stored, V2HorizontalPodAutoscalerSpec wanted) =>
        stored.ScaleTargetRef?.ApiVersion == wanted.ScaleTargetRef.ApiVersion
        && stored.ScaleTargetRef?.Kind == wanted.ScaleTargetRef.Kind
        && stored.ScaleTargetRef?.Name == wanted.ScaleTargetRef.Name
        && (stored.MinReplicas ?? DefaultMinReplicas) == (wanted.MinReplicas ?? DefaultMinReplicas)
        && stored.MaxReplicas == wanted.MaxReplicas
        && Describe(stored.Metrics).SequenceEqual(Describe(wanted.Metrics))
        && Describe(stored.Behavior) == Describe(wanted.Behavior);

    private static V2MetricSpec Metric(string name, double target) => name switch
    {
        Cpu => Resource(name, new V2MetricTarget { Type = "Utilization", AverageUtilization = ToInt32(Math.Ceiling(target)) }),
        "memory" => Resource(name, new V2MetricTarget { Type = "AverageValue", AverageValue = Amount($"{ToInt64(target)}Mi") }),
        _ => new V2MetricSpec
        {
            Type = "Pods",
            Pods = new V2PodsMetricSource
            {
                Metric = new V2MetricIdentifier { Name = name },
                Target = new V2MetricTarget { Type = "AverageValue", AverageValue = Amount($"{ToInt64(target)}") },
            },
        },
    };

    private static V2MetricSpec Resource(string name, V2MetricTarget target) =>
        new() { Type = "Resource", Resource = new V2ResourceMetricSource { Name = name, Target = target } };

    private static V2HorizontalPodAutoscalerBehavior Behavior(GoDuration window)
    {
        var seconds = ToInt32(window.Seconds);
        return new V2HorizontalPodAutoscalerBehavior
        {
            ScaleUp = new V2HPAScalingRules { StabilizationWindowSeconds = seconds },
            ScaleDown = new V2HPAScalingRules { StabilizationWindowSeconds = seconds },
        };
    }

    private static ResourceQuantity Amount(string text) => new(Quantity.Parse(text).ToString());

    private static int ToInt32(double value) => (int)Math.Clamp(value, int.MinValue, int.MaxValue);

    // Numbers in annotations need not be finite.
    private static long ToInt64(double value) => double.IsNaN(value) ? 0 : (long)Math.Clamp(value, -1e18, 1e18);

    private static IEnumerable<string> Describe(IList<V2MetricSpec>? metrics) =>
        metrics is { Count: > 0 } ? metrics.Select(Describe) : [$"Resource {Cpu}  Utilization {DefaultUtilization} "];

    private static string Describe(V2MetricSpec metric)
    {
        var target = metric.Resource?.Target ?? metric.Pods?.Target;
        return $"{metric.Type} {metric.Resource?.Name} {metric.Pods?.Metric?.Name} {target?.Type} {target?.AverageUtilization} {target?.AverageValue}";
    }

    private static (int? Up, int? Down) Describe(V2HorizontalPodAutoscalerBehavior? behavior) =>
        (behavior?.ScaleUp?.StabilizationWindowSeconds, behavior?.ScaleDown?.StabilizationWindowSeconds);
}
