using k8s;
using k8s.Models;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Status;

namespace Knative.Xds.Autoscaler.Conditions;

/// <summary>Conditions of one object while it is reconciled, at one instant.</summary>
/// <remarks>Threading: one owner.</remarks>
internal sealed class StatusConditions(ConditionSet set, IKubernetesObject<V1ObjectMeta> owner, List<Condition>? read, long? observedGeneration, DateTimeOffset now)
{
    private List<Condition> _conditions = StatusRules.Begin(set, read, observedGeneration, owner.Metadata.Generation, now);

    public Condition? Find(string type) => ConditionSet.Find(_conditions, type);

    public bool IsTrue(string type) => ConditionSet.IsTrue(_conditions, type);

    // Somebody wrote it by hand: upstream's age is then the time since year 1.
    private static readonly TimeSpan LongAgo = TimeSpan.FromDays(36_500);

    /// <summary>How long the condition has been as it is; null when it never was set.</summary>
    public TimeSpan? Since(string type) => Since(_conditions, type, now);

    public void MarkTrue(string type) => _conditions = set.MarkTrue(_conditions, type, now);

    public void MarkUnknown(string type, string reason, string message) => _conditions = set.MarkUnknown(_conditions, type, reason, message, now);

    public void MarkFalse(string type, string reason, string message) => _conditions = set.MarkFalse(_conditions, type, reason, message, now);

    /// <summary>Sets a condition that tells something but decides nothing.</summary>
    public void SetInfo(string type, bool value, string reason, string message)
    {
        var condition = new Condition { Type = type, Status = value ? "True" : "False", Severity = "Info", Reason = reason, Message = message };
        _conditions = ConditionSet.SetCondition(_conditions, condition, now);
    }

    /// <summary>All conditions, sorted by type; what ended as it began keeps its time.</summary>
    public List<Condition> ToList() => StatusRules.End(read, _conditions, now);

    public static TimeSpan? Since(IEnumerable<Condition>? conditions, string type, DateTimeOffset now) => ConditionSet.Find(conditions, type) switch
    {
        { LastTransitionTime: { } since } => now - new DateTimeOffset(DateTime.SpecifyKind(since, DateTimeKind.Utc)),
        { Status: "True" or "False" } => LongAgo,
        _ => null,
    };
}
