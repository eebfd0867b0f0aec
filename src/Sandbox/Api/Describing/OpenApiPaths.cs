using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Kinds;

namespace Knative.Xds.Sandbox.Api.Describing;

/// <summary>The paths of a kind. kubectl reads from them which kind a path is about and whether the server validates fields.</summary>
internal static class OpenApiPaths
{
    private static readonly string[] Parameters = ["dryRun", "fieldManager", "fieldValidation"];
    private static readonly string[] BodyTypes = ["application/json", "application/yaml"];
    private static readonly string[] PatchTypes = ["application/apply-patch+yaml", "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json"];

    public static void Add(JsonObject paths, ResourceKind kind, string reference)
    {
        var root = kind.Group.Length == 0 ? $"/api/{kind.Version}" : $"/apis/{kind.Group}/{kind.Version}";
        var collection = kind.Namespaced ? $"{root}/namespaces/{{namespace}}/{kind.Plural}" : $"{root}/{kind.Plural}";
        paths[collection] = new JsonObject
        {
            ["get"] = Operation(kind, "list", reference, []),
            ["post"] = Operation(kind, "post", reference, BodyTypes),
            ["delete"] = Operation(kind, "deletecollection", reference, []),
        };
        var item = new JsonObject
        {
            ["get"] = Operation(kind, "get", reference, []),
            ["put"] = Operation(kind, "put", reference, BodyTypes),
            ["patch"] = Operation(kind, "patch", reference, PatchTypes),
            ["delete"] = Operation(kind, "delete", reference, []),
        };
        paths[$"{collection}/{{name}}"] = item;
        if (kind.HasStatus)
        {
            var status = item.DeepClone();
            ((JsonObject)status).Remove("delete");
            paths[$"{collection}/{{name}}/status"] = status;
        }

        if (kind.Namespaced)
        {
            paths[$"{root}/{kind.Plural}"] = new JsonObject { ["get"] = Operation(kind, "list", reference, []) };
        }
    }

    private static JsonObject Operation(ResourceKind kind, string action, string reference, string[] bodyTypes)
    {
        var schema = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = reference } };
        var operation = new JsonObject
        {
            ["description"] = $"{action} {kind.Plural}",
            ["operationId"] = $"{action}_{kind.Group}_{kind.Version}_{kind.Plural}",
            ["responses"] = new JsonObject { ["200"] = new JsonObject { ["description"] = "OK", ["content"] = new JsonObject { ["application/json"] = schema } } },
            ["x-kubernetes-action"] = action,
            ["x-kubernetes-group-version-kind"] = Gvk(kind),
        };
        if (bodyTypes.Length > 0)
        {
            operation["parameters"] = new JsonArray([.. Parameters.Select(name => (JsonNode)new JsonObject
            {
                ["name"] = name,
                ["in"] = "query",
                ["schema"] = new JsonObject { ["type"] = "string", ["uniqueItems"] = true },
            })]);
            var content = new JsonObject();
            foreach (var type in bodyTypes)
            {
                content[type] = schema.DeepClone();
            }

            operation["requestBody"] = new JsonObject { ["content"] = content };
        }

        return operation;
    }

    public static JsonObject Gvk(ResourceKind kind) => new() { ["group"] = kind.Group, ["kind"] = kind.Kind, ["version"] = kind.Version };
}
