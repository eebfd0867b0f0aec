using System.Text;
using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Schemas;

namespace Knative.Xds.Sandbox.Api.Kinds;

/// <summary>stringData is a way to write data; a secret's type never changes.</summary>
internal sealed class SecretRules : KindRules
{
    public override void PrepareCreate(JsonObject value, RuleContext context) => Encode(value);

    public override void PrepareUpdate(JsonObject value, JsonObject old, RuleContext context) => Encode(value);

    public override void Validate(JsonObject value, JsonObject? old, List<FieldProblem> problems)
    {
        if (old is not null && value.Text("type") != old.Text("type"))
        {
            problems.Add(FieldProblem.Invalid("type", $"\"{value.Text("type")}\"", "field is immutable"));
        }
    }

    private static void Encode(JsonObject value)
    {
        foreach (var (name, text) in value["stringData"] as JsonObject ?? [])
        {
            value.Child("data")[name] = Convert.ToBase64String(Encoding.UTF8.GetBytes(text.AsText() ?? ""));
        }

        value.Remove("stringData");
    }
}
