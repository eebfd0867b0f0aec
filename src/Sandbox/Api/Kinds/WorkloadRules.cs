using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Schemas;

namespace Knative.Xds.Sandbox.Api.Kinds;

/// <summary>Deployments and ReplicaSets: the selector is fixed and selects the template.</summary>
internal sealed class WorkloadRules : KindRules
{
    public override void PrepareCreate(JsonObject value, RuleContext context)
    {
        Complete(value);
        value["status"] ??= value.Text("kind") == "ReplicaSet" ? new JsonObject { ["replicas"] = 0 } : [];
    }

    public override void PrepareUpdate(JsonObject value, JsonObject old, RuleContext context) => Complete(value);

    public override void Validate(JsonObject value, JsonObject? old, List<FieldProblem> problems)
    {
        var labels = value.At("spec.template.metadata.labels") as JsonObject;
        var selector = value.At("spec.selector.matchLabels") as JsonObject ?? [];
        if (value.At("spec.selector") is not null && selector.Any(term => labels?[term.Key].AsText() != term.Value.AsText()))
        {
            problems.Add(FieldProblem.Invalid("spec.template.metadata.labels", labels?.ToJsonString() ?? "null", "`selector` does not match template `labels`"));
        }

        if (old is not null && !JsonNode.DeepEquals(value.At("spec.selector"), old.At("spec.selector")))
        {
            problems.Add(FieldProblem.Invalid("spec.selector", value.At("spec.selector")?.ToJsonString() ?? "null", "field is immutable"));
        }

        if (value.Number("spec.replicas") is < 0 and var replicas)
        {
            problems.Add(FieldProblem.Invalid("spec.replicas", $"{replicas}", "must be greater than or equal to 0"));
        }
    }

    private static void Complete(JsonObject value)
    {
        PodDefaults.Apply(value.At("spec.template.spec") as JsonObject);
        if (value.At("spec.strategy") is JsonObject strategy)
        {
            strategy["type"] ??= "RollingUpdate";
            if (strategy.Text("type") == "RollingUpdate")
            {
                strategy.Child("rollingUpdate")["maxSurge"] ??= "25%";
                strategy.Child("rollingUpdate")["maxUnavailable"] ??= "25%";
            }
        }
    }
}
