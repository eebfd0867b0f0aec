using Knative.Xds.Kube.Api;

namespace Knative.Xds.Kube.Status;

/// <summary>The rules of Knative's living condition sets: one happy condition, <c>Ready</c>, that sums up its dependents.</summary>
/// <remarks>Pure: every change takes the conditions as they are (null counts as none) and returns them as they become, sorted by type, ordinal. A change that
/// changes nothing but the time changes nothing. A new reason or message moves lastTransitionTime too, unlike in Kubernetes itself.
/// Source: knative/pkg apis/condition_set.go.</remarks>
public sealed class ConditionSet(params string[] dependents)
{
    /// <summary>Type of the happy condition.</summary>
    public const string Ready = "Ready";

    /// <summary>Condition set of a KIngress.</summary>
    public static ConditionSet KIngress { get; } = new("NetworkConfigured", "LoadBalancerReady");
    /// <summary>Condition set of a ServerlessService.</summary>
    public static ConditionSet ServerlessService { get; } = new("EndpointsPopulated");
    /// <summary>Condition set of a PodAutoscaler.</summary>
    public static ConditionSet PodAutoscaler { get; } = new("Active", "ScaleTargetInitialized", "SKSReady");
    /// <summary>Condition set of a Metric.</summary>
    public static ConditionSet Metric { get; } = new();

    /// <summary>Finds a condition; null when it is missing.</summary>
    public static Condition? Find(IEnumerable<Condition>? conditions, string type) => conditions?.FirstOrDefault(condition => condition.Type == type);

    /// <summary>Whether the condition is True; a missing one is not.</summary>
    public static bool IsTrue(IEnumerable<Condition>? conditions, string type) => Find(conditions, type)?.Status == "True";

    /// <summary>Whether the condition is False; a missing one is not.</summary>
    public static bool IsFalse(IEnumerable<Condition>? conditions, string type) => Find(conditions, type)?.Status == "False";

    /// <summary>Whether the condition is Unknown; a missing one is.</summary>
    public static bool IsUnknown(IEnumerable<Condition>? conditions, string type) => Find(conditions, type) is not { Status: "True" or "False" };

    /// <summary>Adds what is missing: Ready as Unknown; dependents as Unknown, or as True when Ready is True already.</summary>
    public List<Condition> Initialize(IEnumerable<Condition>? conditions, DateTimeOffset now)
    {
        var result = Copy(conditions);
        if (Find(result, Ready) is null)
        {
            result = Set(result, New(Ready, "Unknown", null, null), now);
        }

        var status = IsTrue(result, Ready) ? "True" : "Unknown";
        foreach (var dependent in dependents.Where(dependent => Find(result, dependent) is null))
        {
            result = Set(result, New(dependent, status, null, null), now);
        }

        return result;
    }

    /// <summary>Sets a condition True, without reason, and sums up again.</summary>
    public List<Condition> MarkTrue(IEnumerable<Condition>? conditions, string type, DateTimeOffset now)
    {
        var result = Set(conditions, New(type, "True", null, null), now);
        if (Unhappiest(result) is { } cause)
        {
            return Set(result, New(Ready, cause.Status, cause.Reason, cause.Message), now);
        }

        return type == Ready ? result : Set(result, New(Ready, "True", null, null), now);
    }

    /// <summary>Sets a condition Unknown. Ready follows a dependent, unless another dependent is False: that outweighs.</summary>
    public List<Condition> MarkUnknown(IEnumerable<Condition>? conditions, string type, string? reason, string? message, DateTimeOffset now)
    {
        var result = Set(conditions, New(type, "Unknown", reason, message), now);
        if (dependents.Any(dependent => IsFalse(result, dependent)))
        {
            return IsFalse(result, Ready) ? result : Set(result, New(Ready, "False", reason, message), now);
        }

        return dependents.Contains(type) ? Set(result, New(Ready, "Unknown", reason, message), now) : result;
    }

    /// <summary>Sets a condition False, and Ready with it when it is a dependent.</summary>
    public List<Condition> MarkFalse(IEnumerable<Condition>? conditions, string type, string? reason, string? message, DateTimeOffset now)
    {
        var result = Set(conditions, New(type, "False", reason, message), now);
        return dependents.Contains(type) ? Set(result, New(Ready, "False", reason, message), now) : result;
    }

    /// <summary>Stores a condition as it is, Ready untouched; its lastTransitionTime is set by us.</summary>
    public static List<Condition> SetCondition(IEnumerable<Condition>? conditions, Condition condition, DateTimeOffset now) => Set(conditions, condition, now);

    private Condition New(string type, string status, string? reason, string? message) => new()
    {
        Type = type,
        Status = status,
        // Only Ready and what it sums up may be errors.
        Severity = type == Ready || dependents.Contains(type) ? null : "Info",
        Reason = reason,
        Message = message,
    };

    private Condition? Unhappiest(List<Condition> conditions)
    {
        if (dependents.Length == 0)
        {
            return null;
        }

        var weighty = conditions.Where(condition => condition.Type != Ready && string.IsNullOrEmpty(condition.Severity)).ToList();
        var latestFirst = weighty.OrderByDescending(condition => condition.LastTransitionTime ?? DateTime.MinValue).ToList();
        return latestFirst.Find(condition => condition.Status == "False")
            ?? latestFirst.Find(condition => condition.Status == "Unknown")
            ?? (weighty.Count < dependents.Length ? new Condition { Status = "Unknown" } : null);
    }

    private static List<Condition> Set(IEnumerable<Condition>? conditions, Condition condition, DateTimeOffset now)
    {
        var result = Copy(conditions);
        var old = Find(result, condition.Type);
        if (old is not null && StatusRules.SameButTime(old, condition))
        {
            return result;
        }

        result.RemoveAll(other => other.Type == condition.Type);
        result.Add(StatusRules.Tidy(condition) with { LastTransitionTime = StatusRules.Seconds(now) });
        result.Sort(StatusRules.ByType);
        return result;
    }

    private static List<Condition> Copy(IEnumerable<Condition>? conditions) => [.. conditions ?? []];
}
