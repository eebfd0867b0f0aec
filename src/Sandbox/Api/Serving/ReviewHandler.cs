using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Sandbox.Api.Serving;

/// <summary>authorization.k8s.io: everyone on this machine may do everything.</summary>
internal static class ReviewHandler
{
    public const string Group = "authorization.k8s.io";
    public const string Access = "selfsubjectaccessreviews";
    public const string Rules = "selfsubjectrulesreviews";

    public static bool Handles(ResourcePath path) => path is { Group: Group, Version: "v1", Resource: Access or Rules };

    public static async Task AnswerAsync(HttpContext http, ResourcePath path)
    {
        if (http.Request.Method != "POST")
        {
            throw ApiException.MethodNotAllowed();
        }

        var body = await RequestBody.ReadObjectAsync(http.Request, http.RequestAborted) ?? throw ApiException.BadRequest("the request has no body");
        var review = body.Value;
        review["status"] = path.Resource == Access
            ? new JsonObject { ["allowed"] = true, ["reason"] = "the sandbox has no authorization" }
            : new JsonObject { ["resourceRules"] = new JsonArray(Everything("apiGroups", "resources")), ["nonResourceRules"] = new JsonArray(Everything("nonResourceURLs")), ["incomplete"] = false };
        await Responses.WriteAsync(http, 201, review);
    }

    private static JsonObject Everything(params string[] names)
    {
        var rule = new JsonObject { ["verbs"] = new JsonArray("*") };
        foreach (var name in names)
        {
            rule[name] = new JsonArray("*");
        }

        return rule;
    }
}
