using System.Text.Json;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Testing;

namespace Knative.Xds.Core.Tests.Scaling;

[Trait(Vectors.Trait, Vectors.Category)]
public class ActivationRulesVectorTests
{
    [Fact]
    public void Next_RecordedStatuses_GivesTheSameCondition()
    {
        foreach (var item in VectorCases.OrSkip("kpa-reconcile.json", "status"))
        {
            var id = item.Text("id");
            var before = Active(item.GetProperty("conditionsBefore"));
            var current = before?.Text("status") switch
            {
                "True" => ActiveCondition.Active,
                "False" => ActiveCondition.Inactive,
                _ => ActiveCondition.Activating,
            };

            var verdict = ActivationRules.Next(current, (int)item.Long("want"), (int)item.Long("ready"), (int)item.Long("minReady"));

            var after = Active(item.GetProperty("conditionsAfter"))!.Value;
            var (status, reason) = verdict switch
            {
                ActiveVerdict.Active => ("True", ""),
                ActiveVerdict.Queued => ("Unknown", "Queued"),
                ActiveVerdict.NoTraffic => ("False", "NoTraffic"),
                ActiveVerdict.TimedOut => ("False", "TimedOut"),
                _ => (before?.Text("status"), before?.Text("reason")),
            };
            Assert.Equal((id, after.Text("status"), after.Text("reason")), (id, status, reason));
        }
    }

    private static JsonElement? Active(JsonElement conditions)
    {
        foreach (var condition in conditions.ValueKind == JsonValueKind.Array ? conditions.EnumerateArray() : default)
        {
            if (condition.Text("type") == "Active")
            {
                return condition;
            }
        }

        return null;
    }
}
