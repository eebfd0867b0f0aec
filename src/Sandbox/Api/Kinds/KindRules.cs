using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Schemas;

namespace Knative.Xds.Sandbox.Api.Kinds;

/// <summary>What a kind does beyond its schema. Every method works on an object that nobody else sees yet.</summary>
internal abstract class KindRules
{
    public static readonly KindRules None = new NoRules();

    /// <summary>Completes a new object.</summary>
    public virtual void PrepareCreate(JsonObject value, RuleContext context)
    {
    }

    /// <summary>Completes a changed object.</summary>
    public virtual void PrepareUpdate(JsonObject value, JsonObject old, RuleContext context)
    {
    }

    /// <summary>Adds what is wrong with an object; old is null on a create.</summary>
    public virtual void Validate(JsonObject value, JsonObject? old, List<FieldProblem> problems)
    {
    }

    private sealed class NoRules : KindRules;
}
