using System.Globalization;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Status;

namespace Knative.Xds.Kube.Tests.Status;

/// <summary>Conditions are written as "Type=Status/reason@second", severities other than Error as "Type(Info)=…".</summary>
public sealed class ConditionSetTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, 500, TimeSpan.Zero);
    private static readonly ConditionSet Set = new("A", "B");

    // Each word is a step, one second apart: init, A+ (true), A- (false, reason r<second>), A? (unknown), A! (raw True with reason).
    [Theory]
    [InlineData("init", "A=Unknown@0 B=Unknown@0 Ready=Unknown@0")]
    [InlineData("A+", "A=True@0 Ready=Unknown@0")]
    [InlineData("init A+", "A=True@1 B=Unknown@0 Ready=Unknown@0")]
    [InlineData("init A+ B+", "A=True@1 B=True@2 Ready=True@2")]
    [InlineData("init A+ B+ B+", "A=True@1 B=True@2 Ready=True@2")]
    [InlineData("init A-", "A=False/r1@1 B=Unknown@0 Ready=False/r1@1")]
    [InlineData("init A- B-", "A=False/r1@1 B=False/r2@2 Ready=False/r2@2")]
    [InlineData("init A- B- A+", "A=True@3 B=False/r2@2 Ready=False/r2@2")]
    [InlineData("init A- B?", "A=False/r1@1 B=Unknown/r2@2 Ready=False/r1@1")]
    [InlineData("init A- A?", "A=Unknown/r2@2 B=Unknown@0 Ready=Unknown/r2@2")]
    [InlineData("init A+ B+ A?", "A=Unknown/r3@3 B=True@2 Ready=Unknown/r3@3")]
    [InlineData("init A? B? A+", "A=True@3 B=Unknown/r2@2 Ready=Unknown/r2@2")]
    [InlineData("init A? B- B+", "A=Unknown/r1@1 B=True@3 Ready=Unknown/r1@3")]
    [InlineData("init X-", "A=Unknown@0 B=Unknown@0 Ready=Unknown@0 X(Info)=False/r1@1")]
    [InlineData("init A+ B+ X?", "A=True@1 B=True@2 Ready=True@2 X(Info)=Unknown/r3@3")]
    [InlineData("init A+ B+ Ready?", "A=True@1 B=True@2 Ready=Unknown/r3@3")]
    [InlineData("init A- Ready?", "A=False/r1@1 B=Unknown@0 Ready=False/r2@2")]
    [InlineData("Ready! init", "A=True@1 B=True@1 Ready=True/raw@0")]
    [InlineData("Ready+", "Ready=Unknown@0")]
    [InlineData("init A!", "A=True/raw@1 B=Unknown@0 Ready=Unknown@0")]
    public void Steps_InOrder_GiveUpstreamsConditions(string steps, string expected)
    {
        List<Condition>? conditions = null;
        foreach (var (second, step) in steps.Split(' ').Index())
        {
            conditions = Apply(conditions, step, second);
        }

        Assert.Equal(expected, string.Join(' ', conditions!.Select(Show)));
    }

    [Fact]
    public void MarkTrue_NoDependents_ReadyFollowsNothingElse() =>
        Assert.Equal("Ready=True@0", string.Join(' ', ConditionSet.Metric.MarkTrue(null, "Ready", Start).Select(Show)));

    [Fact]
    public void MarkFalse_OnlyTheMessageDiffers_MovesTheTime()
    {
        var before = Set.MarkFalse(null, "A", "r", "one", Start);
        var after = Set.MarkFalse(before, "A", "r", "two", Start.AddSeconds(9));
        Assert.Equal(9, ConditionSet.Find(after, "A")!.LastTransitionTime!.Value.Second);
    }

    [Fact]
    public void Reads_MissingCondition_CountAsUnknown()
    {
        Assert.False(ConditionSet.IsTrue(null, "A"));
        Assert.False(ConditionSet.IsFalse([], "A"));
        Assert.True(ConditionSet.IsUnknown(null, "A"));
    }

    [Fact]
    public void MarkTrue_Always_TimesAreWholeSecondsInUtc()
    {
        var time = ConditionSet.Find(Set.MarkTrue(null, "A", new DateTimeOffset(2026, 1, 1, 2, 0, 0, 999, TimeSpan.FromHours(2))), "A")!.LastTransitionTime!.Value;
        Assert.Equal(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc), time);
        Assert.Equal(DateTimeKind.Utc, time.Kind);
        Assert.Contains("\"lastTransitionTime\":\"2026-01-01T00:00:00Z\"", k8s.KubernetesJson.Serialize(new Condition { LastTransitionTime = time }), StringComparison.Ordinal);
    }

    [Fact]
    public void Begin_NewGeneration_ReadyIsUnknownUntilReconciled()
    {
        var ready = Set.MarkTrue(Set.MarkTrue(null, "A", Start), "B", Start);
        Assert.Equal("True", ConditionSet.Find(StatusRules.Begin(Set, ready, 4, 4, Start), "Ready")!.Status);
        var fresh = ConditionSet.Find(StatusRules.Begin(Set, ready, 4, 5, Start), "Ready")!;
        Assert.Equal(("Unknown", "NewObservedGenFailure", "unsuccessfully observed a new generation"), (fresh.Status, fresh.Reason, fresh.Message));
    }

    [Fact]
    public void End_SomeChanged_ChangedOnesShareNowAndOthersKeepTheirTime()
    {
        var read = Set.MarkTrue(Set.MarkTrue(null, "A", Start), "B", Start);
        var reconciled = Set.MarkTrue(Set.MarkFalse(read, "A", "r", null, Start.AddSeconds(1)), "A", Start.AddSeconds(2));
        reconciled = Set.MarkFalse(reconciled, "B", "b", null, Start.AddSeconds(3));
        Assert.Equal("A=True@0 B=False/b@20 Ready=False/b@20", string.Join(' ', StatusRules.End(read, reconciled, Start.AddSeconds(20)).Select(Show)));
    }

    [Fact]
    public void Differ_TimesNullsAndEmptyLists_AreNoDifference()
    {
        var left = new KIngressStatus { ObservedGeneration = 1, Conditions = [new Condition { Type = "Ready", LastTransitionTime = Start.UtcDateTime }], Annotations = [] };
        var right = new KIngressStatus { ObservedGeneration = 1, Conditions = [new Condition { Type = "Ready", Reason = "" }] };
        Assert.False(StatusRules.Differ(left, right));
        Assert.True(StatusRules.Differ(left, null));
        right.Conditions[0] = right.Conditions[0] with { Message = "new" };
        Assert.True(StatusRules.Differ(left, right));
    }

    private static List<Condition> Apply(List<Condition>? conditions, string step, int second)
    {
        var now = Start.AddSeconds(second);
        var type = step[..^1];
        var reason = $"r{second}";
        return step == "init" ? Set.Initialize(conditions, now) : step[^1] switch
        {
            '+' => Set.MarkTrue(conditions, type, now),
            '-' => Set.MarkFalse(conditions, type, reason, null, now),
            '?' => Set.MarkUnknown(conditions, type, reason, null, now),
            _ => ConditionSet.SetCondition(conditions, new Condition { Type = type, Status = "True", Reason = "raw" }, now),
        };
    }

    private static string Show(Condition condition) => string.Create(CultureInfo.InvariantCulture,
        $"{condition.Type}{(condition.Severity is null ? "" : $"({condition.Severity})")}={condition.Status}{(condition.Reason is null ? "" : "/" + condition.Reason)}@{condition.LastTransitionTime!.Value.Second}");
}
