using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Printing;
using Knative.Xds.Sandbox.Api.Schemas;

namespace Knative.Xds.Sandbox.Api.Kinds;

/// <summary>The kinds that a CustomResourceDefinition defines, one per served version.</summary>
internal static class CustomKinds
{
    public static IEnumerable<ResourceKind> Of(JsonObject definition) =>
        definition.Objects("spec.versions").Where(version => version.IsTrue("served")).Select(version => Of(definition, version));

    private static ResourceKind Of(JsonObject definition, JsonObject version)
    {
        var openApi = version.At("schema.openAPIV3Schema") as JsonObject ?? [];
        var names = definition.At("spec.names") as JsonObject;
        var kind = names.Text("kind") ?? "";
        return new ResourceKind(definition.Text("spec.group") ?? "", version.Text("name") ?? "", names.Text("plural") ?? "", kind, CrdSchema.ReadRoot(openApi))
        {
            Singular = names.Text("singular") ?? kind.ToLowerInvariant(),
            ListKind = names.Text("listKind") ?? kind + "List",
            ShortNames = [.. names.Texts("shortNames")],
            Categories = [.. names.Texts("categories")],
            Namespaced = definition.Text("spec.scope") == "Namespaced",
            HasStatus = version.At("subresources.status") is not null,
            TracksGeneration = true,
            UnconditionalUpdate = false,
            Scale = version.At("subresources.scale") is JsonObject scale ? ReadScale(scale) : null,
            SelectableFields = [.. version.Objects("selectableFields").Select(field => Path(field.Text("jsonPath") ?? ""))],
            Columns = CustomColumns.Of(version),
            OpenApi = openApi,
        };
    }

    private static ScalePaths ReadScale(JsonObject scale) => new(
        Path(scale.Text("specReplicasPath") ?? ""),
        Path(scale.Text("statusReplicasPath") ?? ""),
        scale.Text("labelSelectorPath") is { } selector ? Path(selector) : null);

    private static string Path(string jsonPath) => jsonPath.TrimStart('.');
}
