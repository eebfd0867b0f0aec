using Knative.Xds.Core.Model;

namespace Knative.Xds.Core.Scaling;

/// <summary>Reads config-autoscaler.</summary>
/// <remarks>Source: knative/serving pkg/autoscaler/config/config.go: all values are read first, then the rules are checked in upstream's order; comparisons are written so that NaN passes, as there.</remarks>
public static class AutoscalerConfigParser
{
    private const double MinTarget = 0.01;
    private static readonly GoDuration MinWindow = GoDuration.FromSeconds(6);
    private static readonly GoDuration MaxWindow = GoDuration.FromSeconds(3600);

    /// <summary>Reads the data of the ConfigMap; unknown keys are ignored.</summary>
    /// <remarks>Errors: a bad value gives a problem that names its key, and no config: the last good one stays in force.</remarks>
    public static (AutoscalerConfig? Config, Problem? Problem) Parse(ObjectKey configMap, IReadOnlyDictionary<string, string> data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var reader = new ConfigReader(data);
        var config = Read(reader);
        RequireZeroAndTargets(reader, config);
        RequireRatesAndWindows(reader, config);
        RequireScales(reader, config);
        return reader.Problem is { } problem
            ? (null, new Problem(configMap, $"data[{problem.Key}]", "InvalidConfig", problem.Message))
            : (config, null);
    }

    private static AutoscalerConfig Read(ConfigReader reader)
    {
        var defaults = new AutoscalerConfig();
        var fraction = reader.Float("container-concurrency-target-percentage", defaults.ContainerConcurrencyTargetFraction);
        return new AutoscalerConfig
        {
            PodAutoscalerClass = reader.Text("pod-autoscaler-class", defaults.PodAutoscalerClass),
            EnableScaleToZero = reader.Bool("enable-scale-to-zero", defaults.EnableScaleToZero),
            AllowZeroInitialScale = reader.Bool("allow-zero-initial-scale", defaults.AllowZeroInitialScale),
            MaxScaleUpRate = reader.Float("max-scale-up-rate", defaults.MaxScaleUpRate),
            MaxScaleDownRate = reader.Float("max-scale-down-rate", defaults.MaxScaleDownRate),
            // A percentage, unless it can only be a fraction.
            ContainerConcurrencyTargetFraction = fraction > 1 ? fraction / 100 : fraction,
            ContainerConcurrencyTargetDefault = reader.Float("container-concurrency-target-default", defaults.ContainerConcurrencyTargetDefault),
            RpsTargetDefault = reader.Float("requests-per-second-target-default", defaults.RpsTargetDefault),
            TargetBurstCapacity = reader.Float("target-burst-capacity", defaults.TargetBurstCapacity),
            PanicWindowPercentage = reader.Float("panic-window-percentage", defaults.PanicWindowPercentage),
            ActivatorCapacity = reader.Float("activator-capacity", defaults.ActivatorCapacity),
            PanicThresholdPercentage = reader.Float("panic-threshold-percentage", defaults.PanicThresholdPercentage),
            InitialScale = reader.Int32("initial-scale", defaults.InitialScale),
            MinScale = reader.Int32("min-scale", defaults.MinScale),
            MaxScale = reader.Int32("max-scale", defaults.MaxScale),
            MaxScaleLimit = reader.Int32("max-scale-limit", defaults.MaxScaleLimit),
            StableWindow = reader.GoDuration("stable-window", defaults.StableWindow),
            ScaleDownDelay = reader.GoDuration("scale-down-delay", defaults.ScaleDownDelay),
            ScaleToZeroGracePeriod = reader.GoDuration("scale-to-zero-grace-period", defaults.ScaleToZeroGracePeriod),
            ScaleToZeroPodRetentionPeriod = reader.GoDuration("scale-to-zero-pod-retention-period", defaults.ScaleToZeroPodRetentionPeriod),
        };
    }

    private static void RequireZeroAndTargets(ConfigReader reader, AutoscalerConfig config)
    {
        var target = config.ContainerConcurrencyTargetFraction * config.ContainerConcurrencyTargetDefault;
        reader.Require(config.ScaleToZeroGracePeriod > GoDuration.Zero, "scale-to-zero-grace-period", $"scale-to-zero-grace-period must be positive, was {config.ScaleToZeroGracePeriod}");
        reader.Require(config.ScaleToZeroPodRetentionPeriod >= GoDuration.Zero, "scale-to-zero-pod-retention-period", $"scale-to-zero-pod-retention-period must not be negative, was {config.ScaleToZeroPodRetentionPeriod}");
        reader.Require(!(config.TargetBurstCapacity < 0) || config.TargetBurstCapacity == -1, "target-burst-capacity", $"target-burst-capacity must not be negative, or be -1 (no limit), was {config.TargetBurstCapacity}");
        reader.Require(!(config.ContainerConcurrencyTargetFraction <= 0) && !(config.ContainerConcurrencyTargetFraction > 1), "container-concurrency-target-percentage", $"container-concurrency-target-percentage must be in (0, 100], was {config.ContainerConcurrencyTargetFraction * 100}");
        reader.Require(!(target < MinTarget), "container-concurrency-target-default", $"container-concurrency-target-percentage and container-concurrency-target-default give a target of {target}, less than {MinTarget}");
        reader.Require(!(config.RpsTargetDefault < MinTarget), "requests-per-second-target-default", $"requests-per-second-target-default must be at least {MinTarget}, was {config.RpsTargetDefault}");
    }

    private static void RequireRatesAndWindows(ConfigReader reader, AutoscalerConfig config)
    {
        reader.Require(!(config.MaxScaleUpRate <= 1), "max-scale-up-rate", $"max-scale-up-rate must be greater than 1, was {config.MaxScaleUpRate}");
        reader.Require(!(config.MaxScaleDownRate <= 1), "max-scale-down-rate", $"max-scale-down-rate must be greater than 1, was {config.MaxScaleDownRate}");
        reader.Require(config.StableWindow >= MinWindow && config.StableWindow <= MaxWindow, "stable-window", $"stable-window must be in [{MinWindow}; {MaxWindow}], was {config.StableWindow}");
        reader.Require(config.StableWindow.IsWholeSeconds, "stable-window", $"stable-window must be whole seconds, was {config.StableWindow}");
        reader.Require(config.ScaleDownDelay >= GoDuration.Zero, "scale-down-delay", $"scale-down-delay must not be negative, was {config.ScaleDownDelay}");
        reader.Require(config.ScaleDownDelay.IsWholeSeconds, "scale-down-delay", $"scale-down-delay must be whole seconds, was {config.ScaleDownDelay}");
        reader.Require(!(config.PanicWindowPercentage < 1) && !(config.PanicWindowPercentage > 100), "panic-window-percentage", $"panic-window-percentage must be in [1, 100], was {config.PanicWindowPercentage}");
        reader.Require(!(config.ActivatorCapacity < 1), "activator-capacity", $"activator-capacity must be at least 1, was {config.ActivatorCapacity}");
    }

    private static void RequireScales(ConfigReader reader, AutoscalerConfig config)
    {
        reader.Require(config.InitialScale > 0 || (config.InitialScale == 0 && config.AllowZeroInitialScale), "initial-scale", $"initial-scale must be at least 1, or 0 where allow-zero-initial-scale is true, was {config.InitialScale}");
        reader.Require(config.MinScale >= 0, "min-scale", $"min-scale must not be negative, was {config.MinScale}");
        reader.Require(config.MaxScale >= 0, "max-scale", $"max-scale must not be negative, was {config.MaxScale}");
        reader.Require(config.MaxScaleLimit >= 0, "max-scale-limit", $"max-scale-limit must not be negative, was {config.MaxScaleLimit}");
        reader.Require(config.MaxScaleLimit <= 0 || (config.MaxScale >= 1 && config.MaxScale <= config.MaxScaleLimit), "max-scale", $"max-scale must be in [1, max-scale-limit {config.MaxScaleLimit}], was {config.MaxScale}");
        reader.Require(config.MaxScale <= 0 || config.MinScale <= config.MaxScale, "min-scale", $"min-scale {config.MinScale} must not exceed max-scale {config.MaxScale}");
    }
}
