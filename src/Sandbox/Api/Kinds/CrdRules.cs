using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Schemas;
using Knative.Xds.Sandbox.Api.Writing;

namespace Knative.Xds.Sandbox.Api.Kinds;

/// <summary>A CustomResourceDefinition is established as soon as it is valid.</summary>
internal sealed class CrdRules : KindRules
{
    public override void PrepareCreate(JsonObject value, RuleContext context)
    {
        Complete(value);
        var now = SystemMetadata.Format(context.Now);
        var stored = value.Objects("spec.versions").Where(version => version.IsTrue("storage")).Select(version => version.Text("name") ?? "");
        value["status"] = new JsonObject
        {
            ["acceptedNames"] = value.At("spec.names")?.DeepClone(),
            ["conditions"] = new JsonArray(Condition("NamesAccepted", "NoConflicts", "no conflicts found", now), Condition("Established", "InitialNamesAccepted", "the initial names have been accepted", now)),
            ["storedVersions"] = JsonNodes.ToArray(stored),
        };
    }

    public override void PrepareUpdate(JsonObject value, JsonObject old, RuleContext context)
    {
        Complete(value);
        if (value["status"] is JsonObject status)
        {
            status["acceptedNames"] = value.At("spec.names")?.DeepClone();
        }
    }

    public override void Validate(JsonObject value, JsonObject? old, List<FieldProblem> problems)
    {
        var expected = $"{value.Text("spec.names.plural")}.{value.Text("spec.group")}";
        if (value.Text("metadata.name") != expected)
        {
            problems.Add(FieldProblem.Invalid("metadata.name", $"\"{value.Text("metadata.name")}\"", $"must be spec.names.plural+\".\"+spec.group"));
        }

        var versions = value.Objects("spec.versions").ToList();
        if (versions.Count(version => version.IsTrue("storage")) != 1)
        {
            problems.Add(FieldProblem.Invalid("spec.versions", "[]", "must have exactly one version marked as storage version"));
        }

        for (var i = 0; i < versions.Count; i++)
        {
            if (versions[i].At("schema.openAPIV3Schema") is not JsonObject)
            {
                problems.Add(FieldProblem.Required($"spec.versions[{i}].schema.openAPIV3Schema", "schemas are required"));
            }
        }

        CheckSchemas(value, problems);
    }

    private static void CheckSchemas(JsonObject value, List<FieldProblem> problems)
    {
        try
        {
            _ = CustomKinds.Of(value).ToList();
        }
        catch (RegexParseException problem)
        {
            problems.Add(FieldProblem.Invalid("spec.versions", "pattern", problem.Message));
        }
    }

    private static void Complete(JsonObject value)
    {
        if (value.At("spec.names") is JsonObject names && names.Text("kind") is { } kind)
        {
            names["singular"] ??= kind.ToLowerInvariant();
            names["listKind"] ??= kind + "List";
        }
    }

    private static JsonObject Condition(string type, string reason, string message, string now) => new()
    {
        ["lastTransitionTime"] = now,
        ["message"] = message,
        ["reason"] = reason,
        ["status"] = "True",
        ["type"] = type,
    };
}
