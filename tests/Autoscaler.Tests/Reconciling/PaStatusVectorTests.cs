using System.Text.Json;
using Knative.Xds.Autoscaler.Reconciling;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;

namespace Knative.Xds.Autoscaler.Tests.Reconciling;

[Trait(Vectors.Trait, Vectors.Category)]
public class PaStatusVectorTests
{
    [Fact]
    public void SetScale_RecordedStatuses_BecomesTheSame()
    {
        foreach (var item in VectorCases.OrSkip("kpa-reconcile.json", "status"))
        {
            var id = item.Text("id");
            var (config, _) = AutoscalerConfigParser.Parse(default, Texts(item.GetProperty("config")));
            var scaling = RevisionScalingReader.Read(config!, Texts(item.GetProperty("annotations")), 0, item.Text("reachability"));
            var status = new PaStatus(Before(item), DateTimeOffset.FromUnixTimeSeconds(item.Long("nowUnixSeconds")));
            Assert.Equal((id, item.GetProperty("scaleTargetInitializedBefore").GetBoolean()), (id, status.IsScaleTargetInitialized));
            Assert.Equal((id, item.Long("minReady")), (id, ActivationRules.MinReady(scaling, status.IsScaleTargetInitialized)));

            status.SetScale(scaling, (int)item.Long("want"), (int)item.Long("ready"));

            Assert.Equal((id, (int?)item.Long("desiredScaleAfter"), (int?)item.Long("actualScaleAfter")), (id, status.DesiredScale, status.ActualScale));
            Assert.Equal((id, Describe(Conditions(item, "conditionsAfter"))), (id, Describe(status.Conditions.ToList())));
        }
    }

    private static PodAutoscaler Before(JsonElement item) => new()
    {
        Status = new PodAutoscalerStatus
        {
            Conditions = Conditions(item, "conditionsBefore"),
            ServiceName = item.Text("serviceName")!,
            DesiredScale = item.GetProperty("desiredScaleBefore") is { ValueKind: JsonValueKind.Number } scale ? scale.GetInt32() : null,
        },
    };

    private static List<Condition> Conditions(JsonElement item, string member) =>
    [
        .. item.GetProperty(member).EnumerateArray().Select(condition => new Condition
        {
            Type = condition.Text("type")!,
            Status = condition.Text("status")!,
            Severity = condition.Text("severity"),
            Reason = condition.Text("reason"),
            Message = condition.Text("message"),
            LastTransitionTime = DateTimeOffset.FromUnixTimeSeconds(condition.Long("lastTransitionUnixSeconds")).UtcDateTime,
        }),
    ];

    private static string Describe(List<Condition> conditions) => string.Join('\n', conditions.Select(condition =>
        $"{condition.Type} {condition.Status} [{condition.Severity}] [{condition.Reason}] [{condition.Message}] {condition.LastTransitionTime:O}"));

    private static Dictionary<string, string> Texts(JsonElement map) => map.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!);
}
