using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;

namespace Knative.Xds.Sandbox.Api.Kinds;

/// <summary>A namespace is labelled with its name and waits, when deleted, for the finalizer that empties it.</summary>
internal sealed class NamespaceRules : KindRules
{
    public const string Finalizer = "kubernetes";

    public override void PrepareCreate(JsonObject value, RuleContext context)
    {
        Label(value);
        value.Put("spec.finalizers", new JsonArray(Finalizer));
        value.Put("status.phase", "Active");
    }

    public override void PrepareUpdate(JsonObject value, JsonObject old, RuleContext context) => Label(value);

    private static void Label(JsonObject value) => value.Metadata().Child("labels")["kubernetes.io/metadata.name"] = value.Text("metadata.name");
}
