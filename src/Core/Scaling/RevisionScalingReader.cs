namespace Knative.Xds.Core.Scaling;

/// <summary>Reads the settings of a revision.</summary>
/// <remarks>Source: knative/serving pkg/reconciler/autoscaling/resources/{target,metric}.go, kpa/resources/decider.go, pkg/apis/autoscaling/v1alpha1/pa_lifecycle.go. A value that cannot be read counts as absent: admission has refused it already.</remarks>
public static class RevisionScalingReader
{
    private const double MinTarget = 0.01;
    private const double RpsUtilization = 0.7;
    private const string Unreachable = "Unreachable";

    /// <summary>Reads a PodAutoscaler's annotations and spec.</summary>
    public static RevisionScaling Read(AutoscalerConfig config, IReadOnlyDictionary<string, string> annotations, long containerConcurrency, string? reachability)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(annotations);
        var @class = annotations.GetValueOrDefault(ScalingAnnotations.Class, "kpa.autoscaling.knative.dev");
        var metric = annotations.GetValueOrDefault(ScalingAnnotations.Metric) ?? DefaultMetric(@class);
        var reachable = reachability != Unreachable;
        var window = ScalingAnnotations.Duration(annotations, ScalingAnnotations.Window);
        var stableWindow = window ?? config.StableWindow;
        var panicPercentage = ScalingAnnotations.Float(annotations, ScalingAnnotations.PanicWindow) ?? config.PanicWindowPercentage;
        return new RevisionScaling
        {
            Class = @class,
            Metric = metric,
            MinScale = reachable ? ScalingAnnotations.Int32(annotations, ScalingAnnotations.MinScale) ?? config.MinScale : 0,
            MaxScale = ScalingAnnotations.Int32(annotations, ScalingAnnotations.MaxScale) ?? config.MaxScale,
            Target = ScalingAnnotations.Float(annotations, ScalingAnnotations.Target),
            Window = window,
            PodRetention = ScalingAnnotations.Duration(annotations, ScalingAnnotations.PodRetention),
            ProgressDeadline = ScalingAnnotations.Duration(annotations, ScalingAnnotations.ProgressDeadline),
            PanicWindow = PanicWindow(stableWindow, panicPercentage),
            Algorithm = ScalingAnnotations.Algorithm(annotations),
            Decider = Decider(config, annotations, metric, containerConcurrency) with { Reachable = reachable, StableWindow = stableWindow },
        };
    }

    private static DeciderSpec Decider(AutoscalerConfig config, IReadOnlyDictionary<string, string> annotations, string metric, long containerConcurrency)
    {
        var (target, total) = Target(config, annotations, metric, containerConcurrency);
        var initialScale = ScalingAnnotations.Int32(annotations, ScalingAnnotations.InitialScale);
        return new DeciderSpec
        {
            ScalingMetric = metric == "rps" ? ScalingMetric.Rps : ScalingMetric.Concurrency,
            TargetValue = target,
            TotalValue = total,
            TargetBurstCapacity = ScalingAnnotations.Float(annotations, ScalingAnnotations.TargetBurstCapacity) ?? config.TargetBurstCapacity,
            ActivatorCapacity = config.ActivatorCapacity,
            MaxScaleUpRate = config.MaxScaleUpRate,
            MaxScaleDownRate = config.MaxScaleDownRate,
            PanicThreshold = (ScalingAnnotations.Float(annotations, ScalingAnnotations.PanicThreshold) ?? config.PanicThresholdPercentage) / 100,
            ScaleDownDelay = ScalingAnnotations.Duration(annotations, ScalingAnnotations.ScaleDownDelay) ?? config.ScaleDownDelay,
            ActivationScale = ScalingAnnotations.Int32(annotations, ScalingAnnotations.ActivationScale) ?? 0,
            InitialScale = initialScale is { } scale && (scale != 0 || config.AllowZeroInitialScale) ? scale : config.InitialScale,
        };
    }

    private static (double Target, double Total) Target(AutoscalerConfig config, IReadOnlyDictionary<string, string> annotations, string metric, long containerConcurrency)
    {
        var (total, utilization) = metric == "rps"
            ? (config.RpsTargetDefault, RpsUtilization)
            : (containerConcurrency == 0 ? config.ContainerConcurrencyTargetDefault : containerConcurrency, config.ContainerConcurrencyTargetFraction);
        if (ScalingAnnotations.Float(annotations, ScalingAnnotations.Target) is { } target)
        {
            total = metric == "concurrency" && containerConcurrency != 0 ? Math.Min(target, containerConcurrency) : target;
        }

        if (ScalingAnnotations.Float(annotations, ScalingAnnotations.TargetUtilization) is { } percentage)
        {
            utilization = percentage / 100;
        }

        return (Math.Max(MinTarget, total * utilization), total);
    }

    /// <summary>The part of the stable window, to the nanosecond, then to the nearest second.</summary>
    private static GoDuration PanicWindow(GoDuration stableWindow, double percentage)
    {
        const long Second = 1_000_000_000;
        var part = stableWindow.Nanoseconds * percentage / 100;
        // What no duration can hold is the least one, as in Go on amd64.
        var nanoseconds = part is >= 0 and < long.MaxValue - Second ? (long)part : 0;
        var rest = nanoseconds % Second;
        return new GoDuration(Math.Max(Second, rest + rest < Second ? nanoseconds - rest : nanoseconds + Second - rest));
    }

    private static string DefaultMetric(string @class) => @class switch
    {
        "kpa.autoscaling.knative.dev" => "concurrency",
        "hpa.autoscaling.knative.dev" => "cpu",
        _ => "",
    };
}
