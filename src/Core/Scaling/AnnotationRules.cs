using System.Collections.Immutable;

namespace Knative.Xds.Core.Scaling;

/// <summary>The rules that admission holds scaling annotations against. We meet what was stored without it, and report what it would have refused.</summary>
/// <remarks>Source: knative/serving pkg/apis/autoscaling/annotation_validation.go. Comparisons are written so that NaN passes, as there.</remarks>
public static class AnnotationRules
{
    private const string Kpa = "kpa.autoscaling.knative.dev";
    private const string Hpa = "hpa.autoscaling.knative.dev";
    private const string Domain = ".knative.dev";
    private const double MinTarget = 0.01;
    private static readonly GoDuration MinWindow = GoDuration.FromSeconds(6);
    private static readonly GoDuration MaxWindow = GoDuration.FromSeconds(3600);

    /// <summary>Everything that is wrong, sorted by message; problems of the same message are one, with all paths.</summary>
    public static ImmutableArray<AnnotationProblem> Check(AutoscalerConfig config, IReadOnlyDictionary<string, string> annotations)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(annotations);
        var problems = new List<AnnotationProblem?>
        {
            CheckClass(annotations),
            CheckRetention(annotations),
            CheckWindow(annotations),
            CheckDelay(annotations),
            CheckMetric(config, annotations),
            CheckAlgorithm(annotations),
            CheckInitialScale(config, annotations),
        };
        problems.AddRange(CheckScales(config, annotations));
        problems.AddRange(CheckFloats(annotations));
        return
        [
            .. problems.OfType<AnnotationProblem>()
                .GroupBy(problem => problem.Message, StringComparer.Ordinal)
                .OrderBy(group => group.Key, StringComparer.Ordinal)
                .Select(group => group.First() with { Paths = [.. group.SelectMany(problem => problem.Paths).Distinct().Order(StringComparer.Ordinal)] }),
        ];
    }

    /// <summary>What these rules let pass and nothing can be decided with: NaN, infinity, and a progress deadline that is none or has a part of a second (Revisions' own admission holds that one).</summary>
    public static IEnumerable<AnnotationProblem> Unusable(IReadOnlyDictionary<string, string> annotations) =>
        NotFinite(annotations).Concat(
            Find(annotations, ScalingAnnotations.ProgressDeadline) is { } deadline && !(GoText.TryGoDuration(deadline.Value, out var duration) && duration >= GoDuration.Zero && duration.IsWholeSeconds)
                ? [AnnotationProblem.Invalid(deadline.Value, deadline.Key)]
                : []);

    private static IEnumerable<AnnotationProblem> NotFinite(IReadOnlyDictionary<string, string> annotations) =>
        new[] { ScalingAnnotations.Target, ScalingAnnotations.TargetUtilization, ScalingAnnotations.TargetBurstCapacity, ScalingAnnotations.PanicWindow, ScalingAnnotations.PanicThreshold }
            .Select(keys => Find(annotations, keys))
            .Where(found => found is { } number && GoText.TryFloat(number.Value, out var value) && !double.IsFinite(value))
            .Select(found => AnnotationProblem.Invalid(found!.Value.Value, found.Value.Key));

    private static AnnotationProblem? CheckClass(IReadOnlyDictionary<string, string> annotations) =>
        annotations.TryGetValue(ScalingAnnotations.Class, out var name) && name.EndsWith(Domain, StringComparison.Ordinal) && name is not (Kpa or Hpa)
            ? AnnotationProblem.Invalid(name, ScalingAnnotations.Class)
            : null;

    private static AnnotationProblem? CheckMetric(AutoscalerConfig config, IReadOnlyDictionary<string, string> annotations)
    {
        if (!annotations.TryGetValue(ScalingAnnotations.Metric, out var metric))
        {
            return null;
        }

        var good = annotations.GetValueOrDefault(ScalingAnnotations.Class, config.PodAutoscalerClass) switch
        {
            Kpa => metric is "concurrency" or "rps",
            Hpa => metric.Length > 0,
            _ => true,
        };
        return good ? null : AnnotationProblem.Invalid(metric, ScalingAnnotations.Metric);
    }

    private static AnnotationProblem? CheckAlgorithm(IReadOnlyDictionary<string, string> annotations)
    {
        // Other autoscalers may know other algorithms.
        if (annotations.GetValueOrDefault(ScalingAnnotations.Class) != Kpa || Find(annotations, ScalingAnnotations.Aggregation) is not { } found)
        {
            return null;
        }

        return found.Value is "" or "linear" or "weighted-exponential" or "weightedExponential" ? null : AnnotationProblem.Invalid(found.Value, found.Key);
    }

    private static AnnotationProblem? CheckInitialScale(AutoscalerConfig config, IReadOnlyDictionary<string, string> annotations)
    {
        if (Find(annotations, ScalingAnnotations.InitialScale) is not { } found)
        {
            return null;
        }

        if (!GoText.TryInt64(found.Value, out var scale))
        {
            return AnnotationProblem.Invalid(found.Value, found.Key);
        }

        return scale switch
        {
            < 0 => AnnotationProblem.Invalid(found.Value, $"{found.Key} must be greater than 0"),
            0 when !config.AllowZeroInitialScale => AnnotationProblem.Invalid(found.Value, $"{found.Key}=0 not allowed by cluster"),
            _ => null,
        };
    }

    private static IEnumerable<AnnotationProblem?> CheckFloats(IReadOnlyDictionary<string, string> annotations)
    {
        yield return CheckFloat(annotations, ScalingAnnotations.PanicWindow, 1, 100);
        yield return CheckFloat(annotations, ScalingAnnotations.PanicThreshold, 110, 1000);
        yield return CheckFloat(annotations, ScalingAnnotations.TargetUtilization, 1, 100);
        if (Find(annotations, ScalingAnnotations.Target) is { } target)
        {
            yield return !GoText.TryFloat(target.Value, out var value) ? AnnotationProblem.Invalid(target.Value, target.Key)
                : value < MinTarget ? AnnotationProblem.Generic(FormattableString.Invariant($"target {target.Value} should be at least {MinTarget}"), target.Key)
                : null;
        }

        if (Find(annotations, ScalingAnnotations.TargetBurstCapacity) is { } burst && (!GoText.TryFloat(burst.Value, out var capacity) || (capacity < 0 && capacity != -1)))
        {
            yield return AnnotationProblem.Invalid(burst.Value, burst.Key);
        }
    }

    private static AnnotationProblem? CheckFloat(IReadOnlyDictionary<string, string> annotations, string[] keys, double least, double most)
    {
        if (Find(annotations, keys) is not { } found)
        {
            return null;
        }

        return !GoText.TryFloat(found.Value, out var value) ? AnnotationProblem.Invalid(found.Value, found.Key)
            : value < least || value > most ? AnnotationProblem.OutOfBounds(found.Value, least, most, found.Key)
            : null;
    }

    private static AnnotationProblem? CheckRetention(IReadOnlyDictionary<string, string> annotations) =>
        CheckDuration(annotations, ScalingAnnotations.PodRetention, GoDuration.Zero, wholeSeconds: false);

    private static AnnotationProblem? CheckDelay(IReadOnlyDictionary<string, string> annotations) =>
        CheckDuration(annotations, ScalingAnnotations.ScaleDownDelay, GoDuration.Zero, wholeSeconds: true);

    private static AnnotationProblem? CheckWindow(IReadOnlyDictionary<string, string> annotations) =>
        CheckDuration(annotations, ScalingAnnotations.Window, MinWindow, wholeSeconds: true);

    private static AnnotationProblem? CheckDuration(IReadOnlyDictionary<string, string> annotations, string[] keys, GoDuration least, bool wholeSeconds)
    {
        if (Find(annotations, keys) is not { } found)
        {
            return null;
        }

        return !GoText.TryGoDuration(found.Value, out var duration) ? AnnotationProblem.Invalid(found.Value, found.Key)
            : duration < least || duration > MaxWindow ? AnnotationProblem.OutOfBounds(found.Value, least, MaxWindow, found.Key)
            : wholeSeconds && !duration.IsWholeSeconds ? AnnotationProblem.Generic("must be specified with at most second precision", found.Key)
            : null;
    }

    private static IEnumerable<AnnotationProblem?> CheckScales(AutoscalerConfig config, IReadOnlyDictionary<string, string> annotations)
    {
        var (min, minProblem) = Count(annotations, ScalingAnnotations.MinScale);
        var (max, maxProblem) = Count(annotations, ScalingAnnotations.MaxScale);
        yield return minProblem;
        yield return maxProblem;
        if (max != 0 && max < min)
        {
            yield return AnnotationProblem.Generic($"max-scale={max} is less than min-scale={min}", ScalingAnnotations.MaxScale[0], ScalingAnnotations.MinScale[0]);
        }

        if (config.MaxScaleLimit != 0 && Find(annotations, ScalingAnnotations.MaxScale) is { } found)
        {
            yield return max > config.MaxScaleLimit ? AnnotationProblem.OutOfBounds($"{max}", 1, config.MaxScaleLimit, found.Key)
                : max == 0 ? AnnotationProblem.Generic($"max-scale=0 (unlimited), must be less than {config.MaxScaleLimit}", found.Key)
                : null;
        }

        if (Find(annotations, ScalingAnnotations.ActivationScale) is { } activation)
        {
            yield return CheckActivationScale(activation.Key, activation.Value, min, max);
        }
    }

    private static AnnotationProblem? CheckActivationScale(string key, string text, int min, int max)
    {
        if (!GoText.TryInt32(text, out var scale))
        {
            return AnnotationProblem.Invalid(text, key);
        }

        return min > scale ? AnnotationProblem.Generic($"min-scale={min} is greater than activation-scale={scale}", key)
            : max != 0 && max < scale ? AnnotationProblem.Generic($"max-scale={max} is less than activation-scale={scale}", key)
            : scale < 2 ? AnnotationProblem.Generic($"activation-scale={scale} must be greater than 1", key)
            : null;
    }

    /// <summary>A number that is not negative; 0 where there is none or a bad one.</summary>
    private static (int Value, AnnotationProblem? Problem) Count(IReadOnlyDictionary<string, string> annotations, string[] keys)
    {
        if (Find(annotations, keys) is not { } found)
        {
            return (0, null);
        }

        return GoText.ReadInteger(found.Value, 0, int.MaxValue, out var value) switch
        {
            GoNumberError.None => ((int)value, null),
            GoNumberError.Range => (0, AnnotationProblem.OutOfBounds(found.Value, 0, int.MaxValue, found.Key)),
            _ => (0, AnnotationProblem.Invalid(found.Value, found.Key)),
        };
    }

    private static (string Key, string Value)? Find(IReadOnlyDictionary<string, string> annotations, string[] keys)
    {
        foreach (var key in keys)
        {
            if (annotations.TryGetValue(key, out var value))
            {
                return (key, value);
            }
        }

        return null;
    }
}
