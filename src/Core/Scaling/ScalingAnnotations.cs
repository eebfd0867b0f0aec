namespace Knative.Xds.Core.Scaling;

/// <summary>Annotations of a PodAutoscaler. The first key that is present counts, even if its value is unusable.</summary>
/// <remarks>Source: knative/serving pkg/apis/autoscaling/register.go.</remarks>
public static class ScalingAnnotations
{
    private const string Group = "autoscaling.knative.dev/";

    /// <summary>Which autoscaler is responsible.</summary>
    public const string Class = Group + "class";
    /// <summary>What is measured.</summary>
    public const string Metric = Group + "metric";
    /// <summary>Algorithm of the windows.</summary>
    public const string AggregationAlgorithm = Group + "metric-aggregation-algorithm";

    internal static readonly string[] MinScale = [Group + "min-scale", Group + "minScale"];
    internal static readonly string[] MaxScale = [Group + "max-scale", Group + "maxScale"];
    internal static readonly string[] InitialScale = [Group + "initial-scale", Group + "initialScale"];
    internal static readonly string[] ActivationScale = [Group + "activation-scale"];
    internal static readonly string[] Target = [Group + "target"];
    internal static readonly string[] TargetUtilization = [Group + "target-utilization-percentage", Group + "targetUtilizationPercentage"];
    internal static readonly string[] TargetBurstCapacity = [Group + "target-burst-capacity", Group + "targetBurstCapacity"];
    internal static readonly string[] ScaleDownDelay = [Group + "scale-down-delay", Group + "scaleDownDelay"];
    internal static readonly string[] PodRetention = [Group + "scale-to-zero-pod-retention-period", Group + "scaleToZeroPodRetentionPeriod"];
    internal static readonly string[] Window = [Group + "window"];
    internal static readonly string[] PanicWindow = [Group + "panic-window-percentage", Group + "panicWindowPercentage"];
    internal static readonly string[] PanicThreshold = [Group + "panic-threshold-percentage", Group + "panicThresholdPercentage"];
    internal static readonly string[] Aggregation = [AggregationAlgorithm, Group + "metricAggregationAlgorithm"];
    internal static readonly string[] ProgressDeadline = ["serving.knative.dev/progress-deadline"];

    /// <summary>The algorithm that the value of an annotation names; linear unless it names the other.</summary>
    public static WindowAlgorithm Algorithm(string? value) =>
        value is "weighted-exponential" or "weightedExponential" ? WindowAlgorithm.WeightedExponential : WindowAlgorithm.Linear;

    /// <summary>The algorithm that annotations ask for.</summary>
    public static WindowAlgorithm Algorithm(IReadOnlyDictionary<string, string> annotations) => Algorithm(Find(annotations, Aggregation));

    internal static string? Find(IReadOnlyDictionary<string, string> annotations, string[] keys)
    {
        foreach (var key in keys)
        {
            if (annotations.TryGetValue(key, out var text))
            {
                return text;
            }
        }

        return null;
    }

    internal static int? Int32(IReadOnlyDictionary<string, string> annotations, string[] keys) =>
        Find(annotations, keys) is { } text && GoText.TryInt32(text, out var value) ? value : null;

    // Admission lets NaN and infinities pass; nothing can be decided with them.
    internal static double? Float(IReadOnlyDictionary<string, string> annotations, string[] keys) =>
        Find(annotations, keys) is { } text && GoText.TryFloat(text, out var value) && double.IsFinite(value) ? value : null;

    internal static GoDuration? Duration(IReadOnlyDictionary<string, string> annotations, string[] keys) =>
        Find(annotations, keys) is { } text && GoText.TryGoDuration(text, out var value) ? value : null;
}
