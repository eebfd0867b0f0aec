using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Kinds;
using Knative.Xds.Sandbox.Api.Serving;

namespace Knative.Xds.Sandbox.Api.Patching;

/// <summary>Chooses the patch engine by media type.</summary>
internal static class Patches
{
    /// <summary>Reads a patch; the function applies it to an object that it may change.</summary>
    public static Func<JsonObject, JsonObject> Read(string mediaType, byte[] bytes, ResourceKind kind, List<string> duplicates)
    {
        var body = RequestBody.ParseNode(bytes, mediaType, duplicates);
        return (mediaType, body) switch
        {
            ("application/json-patch+json", JsonArray operations) => value => Apply(value, target => JsonPatch.Apply(target, operations)),
            ("application/merge-patch+json", JsonObject patch) => value => Apply(value, target => MergePatch.Apply(target, patch)),
            // Custom resources have no strategies: kube-apiserver refuses the type for them.
            ("application/strategic-merge-patch+json", JsonObject patch) when !kind.IsCustom => value => Apply(value, target => StrategicMerge.Apply(target, patch, kind.Schema)),
            ("application/json-patch+json" or "application/merge-patch+json", _) => throw ApiException.BadRequest("error decoding patch: the body has the wrong JSON type for this kind of patch"),
            _ => throw ApiException.UnsupportedMediaType(mediaType),
        };
    }

    private static JsonObject Apply(JsonObject value, Action<JsonObject> patch)
    {
        patch(value);
        return value;
    }
}
