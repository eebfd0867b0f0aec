using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Kinds;
using Knative.Xds.Sandbox.Api.Patching;
using Knative.Xds.Sandbox.Api.Schemas;
using Knative.Xds.Sandbox.Api.Storage;
using Knative.Xds.Sandbox.Api.Writing;

namespace Knative.Xds.Sandbox.Api.Serving;

/// <summary>The scale subresource: an autoscaling/v1 Scale as a window on two counts and a selector.</summary>
internal sealed class ScaleHandler(ObjectStore store, ObjectWriter writer)
{
    private const string SpecReplicas = "spec.replicas";

    private static readonly Lazy<ResourceKind> ScaleKind = new(() => new ResourceKind("autoscaling", "v1", "scales", "Scale", BuiltInTypes.Get("autoscaling.v1.Scale")));

    public Task GetAsync(ResourceRequest request)
    {
        var stored = store.Find(request.Kind.Resource, request.Id) ?? throw ApiException.NotFound(request.Kind, request.Id.Name);
        return Responses.WriteAsync(request.Http, 200, View(request.Kind, stored.Value));
    }

    public async Task ChangeAsync(ResourceRequest request)
    {
        var bytes = await RequestBody.ReadAsync(request.Http.Request, request.Http.RequestAborted);
        var mediaType = RequestBody.MediaType(request.Http.Request);
        var options = WriteHandler.Options(request, "scale");
        var change = request.Http.Request.Method == "PUT"
            ? _ => RequestBody.Parse(bytes, mediaType).Value
            : Patches.Read(mediaType, bytes, ScaleKind.Value, []);
        var stored = writer.Change(request.Kind, request.Id, value => Rescale(request.Kind, value, change), [], options);
        await Responses.WriteAsync(request.Http, 200, View(request.Kind, stored.Value));
    }

    private static JsonObject Rescale(ResourceKind kind, JsonObject value, Func<JsonObject, JsonObject> change)
    {
        var scale = change(View(kind, value));
        var replicas = scale.Number(SpecReplicas) ?? 0;
        if (replicas < 0)
        {
            throw ApiException.Invalid(ScaleKind.Value, value.Text("metadata.name") ?? "", [FieldProblem.Invalid(SpecReplicas, $"{replicas}", "must be greater than or equal to 0")]);
        }

        value.Put(kind.Scale!.SpecReplicas, replicas);
        value.Metadata()["resourceVersion"] = scale.Text("metadata.resourceVersion");
        return value;
    }

    private static JsonObject View(ResourceKind kind, JsonObject value)
    {
        var metadata = new JsonObject();
        foreach (var name in new[] { "name", "namespace", "uid", "resourceVersion", "creationTimestamp" })
        {
            metadata.CopyField(value["metadata"] as JsonObject, name);
        }

        var status = new JsonObject { ["replicas"] = value.Number(kind.Scale!.StatusReplicas) ?? 0 };
        if (kind.Scale.Selector is { } path && Selector(value.At(path)) is { Length: > 0 } selector)
        {
            status["selector"] = selector;
        }

        return new JsonObject
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = metadata,
            ["spec"] = new JsonObject { ["replicas"] = value.Number(kind.Scale.SpecReplicas) ?? 0 },
            ["status"] = status,
        };
    }

    private static string? Selector(JsonNode? selector) => selector.AsText()
        ?? (selector?["matchLabels"] is JsonObject labels ? string.Join(",", labels.OrderBy(term => term.Key, StringComparer.Ordinal).Select(term => $"{term.Key}={term.Value.Display()}")) : null);
}
