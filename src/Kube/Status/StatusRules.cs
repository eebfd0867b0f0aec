using System.Text.Json.Nodes;
using k8s;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Kube.Status;

/// <summary>What every reconciler does around its work on a status.</summary>
/// <remarks>Pure. Source: knative/pkg reconciler/reconcile_common.go and the generated reconcilers.</remarks>
public static class StatusRules
{
    /// <summary>Reason of Ready while a new generation has not been worked on.</summary>
    public const string NewGenerationReason = "NewObservedGenFailure";
    private const string NewGenerationMessage = "unsuccessfully observed a new generation";

    /// <summary>Conditions before a reconcile: all initialised, and Ready Unknown when the generation is new.</summary>
    public static List<Condition> Begin(ConditionSet set, IEnumerable<Condition>? conditions, long? observedGeneration, long? generation, DateTimeOffset now)
    {
        var initialized = set.Initialize(conditions, now);
        return (observedGeneration ?? 0) == (generation ?? 0)
            ? initialized
            : set.MarkUnknown(initialized, ConditionSet.Ready, NewGenerationReason, NewGenerationMessage, now);
    }

    /// <summary>Conditions after a reconcile: those that differ from what was read share one time, the others keep theirs.</summary>
    public static List<Condition> End(IEnumerable<Condition>? read, IEnumerable<Condition>? reconciled, DateTimeOffset now)
    {
        var result = (reconciled ?? []).Select(condition =>
            ConditionSet.Find(read, condition.Type) is { } old && SameButTime(old, condition)
                ? condition with { LastTransitionTime = old.LastTransitionTime }
                : condition with { LastTransitionTime = Seconds(now) }).ToList();
        result.Sort(ByType);
        return result;
    }

    /// <summary>Whether two statuses differ in more than times; null, absent and empty are the same.</summary>
    public static bool Differ<TStatus>(TStatus? left, TStatus? right) where TStatus : class => !JsonNode.DeepEquals(Essence(left), Essence(right));

    /// <summary>Whole seconds in UTC, as Kubernetes keeps them.</summary>
    internal static DateTime Seconds(DateTimeOffset now) => new(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerSecond), DateTimeKind.Utc);

    internal static bool SameButTime(Condition left, Condition right) =>
        (Tidy(left) with { LastTransitionTime = null }) == (Tidy(right) with { LastTransitionTime = null });

    /// <summary>Empty texts as null: Go, which other writers use, knows only one of the two.</summary>
    internal static Condition Tidy(Condition condition) => condition with
    {
        Severity = string.IsNullOrEmpty(condition.Severity) ? null : condition.Severity,
        Reason = string.IsNullOrEmpty(condition.Reason) ? null : condition.Reason,
        Message = string.IsNullOrEmpty(condition.Message) ? null : condition.Message,
    };

    internal static int ByType(Condition left, Condition right) => string.CompareOrdinal(left.Type, right.Type);

    private static JsonNode? Essence(object? status) => status is null ? null : Essence(JsonNode.Parse(KubernetesJson.Serialize(status)));

    private static JsonNode? Essence(JsonNode? node) => node switch
    {
        JsonObject value => Essence(value),
        JsonArray { Count: 0 } => null,
        JsonArray values => new JsonArray([.. values.Select(Essence)]),
        JsonValue text when text.TryGetValue(out string? content) && content.Length == 0 => null,
        null => null,
        _ => node.DeepClone(),
    };

    private static JsonObject? Essence(JsonObject value)
    {
        var result = new JsonObject();
        foreach (var (name, child) in value)
        {
            if (name != "lastTransitionTime" && Essence(child) is { } essence)
            {
                result[name] = essence;
            }
        }

        return result.Count == 0 ? null : result;
    }
}
