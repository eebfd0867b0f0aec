using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Schemas;

namespace Knative.Xds.Sandbox.Api.Kinds;

/// <summary>A pod starts out pending; of its spec, only images, tolerations and deadlines may change.</summary>
internal sealed class PodRules : KindRules
{
    private static readonly string[] MutableFields = ["activeDeadlineSeconds", "terminationGracePeriodSeconds", "tolerations", "schedulingGates"];

    public override void PrepareCreate(JsonObject value, RuleContext context)
    {
        var spec = value.Child("spec");
        PodDefaults.Apply(spec);
        spec["enableServiceLinks"] ??= true;
        spec["preemptionPolicy"] ??= "PreemptLowerPriority";
        spec["priority"] ??= 0;
        spec["tolerations"] ??= new JsonArray(Toleration("not-ready"), Toleration("unreachable"));
        value.Put("status.phase", "Pending");
        value.Put("status.qosClass", Quality(spec));
    }

    public override void PrepareUpdate(JsonObject value, JsonObject old, RuleContext context) => PodDefaults.Apply(value["spec"] as JsonObject);

    public override void Validate(JsonObject value, JsonObject? old, List<FieldProblem> problems)
    {
        if (value.At("spec.containers") is JsonArray { Count: 0 })
        {
            problems.Add(FieldProblem.Required("spec.containers"));
        }

        if (old is not null && !JsonNode.DeepEquals(Fixed(value), Fixed(old)))
        {
            problems.Add(FieldProblem.Forbidden("spec", "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"));
        }
    }

    private static JsonObject Fixed(JsonObject pod)
    {
        var spec = (pod["spec"] as JsonObject ?? []).Clone();
        foreach (var name in MutableFields)
        {
            spec.Remove(name);
        }

        foreach (var container in spec.Objects("containers").Concat(spec.Objects("initContainers")))
        {
            container.Remove("image");
        }

        return spec;
    }

    private static JsonObject Toleration(string condition) => new()
    {
        ["effect"] = "NoExecute",
        ["key"] = $"node.kubernetes.io/{condition}",
        ["operator"] = "Exists",
        ["tolerationSeconds"] = 300,
    };

    private static string Quality(JsonObject spec)
    {
        var resources = spec.Objects("containers").Select(container => container["resources"] as JsonObject).ToList();
        if (resources.All(entry => entry.At("requests") is not JsonObject { Count: > 0 } && entry.At("limits") is not JsonObject { Count: > 0 }))
        {
            return "BestEffort";
        }

        return resources.All(entry => entry.At("limits.cpu") is { } cpu && entry.At("limits.memory") is { } memory
            && JsonNode.DeepEquals(entry.At("requests.cpu") ?? cpu, cpu) && JsonNode.DeepEquals(entry.At("requests.memory") ?? memory, memory)) ? "Guaranteed" : "Burstable";
    }
}
