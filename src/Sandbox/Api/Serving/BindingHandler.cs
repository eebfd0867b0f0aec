using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Writing;

namespace Knative.Xds.Sandbox.Api.Serving;

/// <summary>pods/binding: puts a pod on a node.</summary>
internal sealed class BindingHandler(ObjectWriter writer, TimeProvider time)
{
    public async Task BindAsync(ResourceRequest request)
    {
        if (request.Http.Request.Method != "POST")
        {
            throw ApiException.MethodNotAllowed();
        }

        var body = await RequestBody.ReadObjectAsync(request.Http.Request, request.Http.RequestAborted);
        var node = body?.Value.Text("target.name") ?? throw ApiException.BadRequest("binding without target.name");
        // Only this door may set spec.nodeName of an existing pod.
        var rules = request.Kind with { Rules = Kinds.KindRules.None };
        writer.Change(rules, request.Id, pod => Bind(request, pod, node), [], WriteHandler.Options(request, "binding") with { Warnings = [] });
        await Responses.WriteAsync(request.Http, 201, new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["code"] = 201 });
    }

    private JsonObject Bind(ResourceRequest request, JsonObject pod, string node)
    {
        if (pod.Text("spec.nodeName") is { Length: > 0 } taken)
        {
            throw ApiException.Conflict(request.Kind, request.Id.Name, $"pod {request.Id.Name} is already assigned to node \"{taken}\"");
        }

        pod.Put("spec.nodeName", node);
        var condition = new JsonObject { ["type"] = "PodScheduled", ["status"] = "True", ["lastProbeTime"] = null, ["lastTransitionTime"] = SystemMetadata.Format(time.GetUtcNow()) };
        var others = pod.Objects("status.conditions").Where(entry => entry.Text("type") != "PodScheduled").Select(entry => entry.DeepClone());
        pod.Put("status.conditions", new JsonArray([.. others, condition]));
        return pod;
    }
}
