using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Schemas;
using Knative.Xds.Sandbox.Api.Storage;

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

    /// <summary>Takes away what goes with an object that was removed. Called under the store's lock.</summary>
    public virtual void Removed_NeedsLock(ObjectId id, ObjectStore store)
    {
    }

    /// <summary>Adds what is wrong with an object; old is null on a create.</summary>
    public virtual void Validate(JsonObject value, JsonObject? old, List<FieldProblem> problems)
    {
    }

    private sealed class NoRules : KindRules;
}
