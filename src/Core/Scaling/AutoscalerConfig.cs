namespace Knative.Xds.Core.Scaling;

/// <summary>The cluster's autoscaling settings, with upstream's defaults.</summary>
/// <remarks>Source: knative/serving pkg/autoscaler/config/config.go.</remarks>
public sealed record AutoscalerConfig
{
    /// <value>Class of a PodAutoscaler without the annotation.</value>
    public string PodAutoscalerClass { get; init; } = "kpa.autoscaling.knative.dev";
    /// <value>Whether the last pod may go.</value>
    public bool EnableScaleToZero { get; init; } = true;
    /// <value>Whether a revision may begin without pods.</value>
    public bool AllowZeroInitialScale { get; init; }
    /// <value>Greater than 1.</value>
    public double MaxScaleUpRate { get; init; } = 1000;
    /// <value>Greater than 1.</value>
    public double MaxScaleDownRate { get; init; } = 2;
    /// <value>Fraction in (0, 1].</value>
    public double ContainerConcurrencyTargetFraction { get; init; } = 0.7;
    /// <value>Concurrency of a pod whose revision sets no limit.</value>
    public double ContainerConcurrencyTargetDefault { get; init; } = 100;
    /// <value>Requests per second of a pod; at least 0.01.</value>
    public double RpsTargetDefault { get; init; } = 200;
    /// <value>Not negative, or exactly -1.</value>
    public double TargetBurstCapacity { get; init; } = 211;
    /// <value>1 … 100, of the stable window.</value>
    public double PanicWindowPercentage { get; init; } = 10;
    /// <value>Percent of the ready pods.</value>
    public double PanicThresholdPercentage { get; init; } = 200;
    /// <value>At least 1.</value>
    public double ActivatorCapacity { get; init; } = 100;
    /// <value>6 s … 1 h, whole seconds.</value>
    public GoDuration StableWindow { get; init; } = GoDuration.FromSeconds(60);
    /// <value>Positive.</value>
    public GoDuration ScaleToZeroGracePeriod { get; init; } = GoDuration.FromSeconds(30);
    /// <value>Not negative.</value>
    public GoDuration ScaleToZeroPodRetentionPeriod { get; init; }
    /// <value>Not negative, whole seconds.</value>
    public GoDuration ScaleDownDelay { get; init; }
    /// <value>At least 1, or 0 where <see cref="AllowZeroInitialScale"/>.</value>
    public int InitialScale { get; init; } = 1;
    /// <value>Not negative.</value>
    public int MinScale { get; init; }
    /// <value>0 is no bound.</value>
    public int MaxScale { get; init; }
    /// <value>0 is no bound.</value>
    public int MaxScaleLimit { get; init; }
}
