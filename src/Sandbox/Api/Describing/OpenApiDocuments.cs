using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Kinds;

namespace Knative.Xds.Sandbox.Api.Describing;

/// <summary>OpenAPI v3, one document per group and version: schemas with their kinds, and the paths that kubectl looks at.</summary>
internal sealed class OpenApiDocuments(KindRegistry registry)
{
    /// <summary>The list of documents; each address names the hash of its content, so that clients may keep it.</summary>
    public JsonObject Index()
    {
        var paths = new JsonObject();
        foreach (var (group, version) in registry.All.Select(kind => (kind.Group, kind.Version)).Distinct())
        {
            var path = group.Length == 0 ? $"api/{version}" : $"apis/{group}/{version}";
            var hash = Convert.ToHexString(SHA256.HashData(Get(group, version)!.ToUtf8()));
            paths[path] = new JsonObject { ["serverRelativeURL"] = $"/openapi/v3/{path}?hash={hash}" };
        }

        return new JsonObject { ["paths"] = paths };
    }

    public JsonObject? Get(string group, string version)
    {
        var kinds = registry.All.Where(kind => kind.Group == group && kind.Version == version).OrderBy(kind => kind.Plural, StringComparer.Ordinal).ToList();
        if (kinds.Count == 0)
        {
            return null;
        }

        var schemas = new OpenApiSchemas();
        var paths = new JsonObject();
        foreach (var kind in kinds)
        {
            OpenApiPaths.Add(paths, kind, schemas.Add(kind));
        }

        return new JsonObject
        {
            ["openapi"] = "3.0.0",
            ["info"] = new JsonObject { ["title"] = "Kubernetes", ["version"] = "v1.36.0-kxds-sandbox" },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = schemas.ToJson() },
        };
    }
}
