using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Kinds;
using Knative.Xds.Sandbox.Api.Patching;
using Knative.Xds.Sandbox.Api.Schemas;
using Knative.Xds.Sandbox.Api.Selecting;
using Knative.Xds.Sandbox.Api.Storage;
using Knative.Xds.Sandbox.Api.Writing;

namespace Knative.Xds.Sandbox.Api.Serving;

/// <summary>Answers create, update, patch and delete.</summary>
internal sealed class WriteHandler(ObjectStore store, ObjectWriter writer, ObjectDeleter deleter, TimeProvider time)
{
    public const string ApplyPatch = "application/apply-patch+yaml";

    public async Task CreateAsync(ResourceRequest request)
    {
        var body = await BodyAsync(request);
        var options = Options(request, "");
        if (request.Kind.Namespaced && request.Id.Namespace.Length == 0)
        {
            throw ApiException.MethodNotAllowed();
        }

        await AnswerAsync(request, 201, writer.Create(request.Kind, request.Id, body.Value, body.DuplicateFields, options), options);
    }

    public async Task UpdateAsync(ResourceRequest request)
    {
        var body = await BodyAsync(request);
        var options = Options(request, request.Subresource);
        if (!request.Kind.UnconditionalUpdate && string.IsNullOrEmpty(body.Value.Text("metadata.resourceVersion")) && store.Find(request.Kind.Resource, request.Id) is not null)
        {
            throw ApiException.Invalid(request.Kind, request.Id.Name, [FieldProblem.Invalid("metadata.resourceVersion", request.Kind.IsCustom ? "0" : "\"\"", "must be specified for an update")]);
        }

        await AnswerAsync(request, 200, writer.Change(request.Kind, request.Id, _ => body.Value, body.DuplicateFields, options), options);
    }

    public async Task PatchAsync(ResourceRequest request)
    {
        var mediaType = RequestBody.MediaType(request.Http.Request);
        var bytes = await RequestBody.ReadAsync(request.Http.Request, request.Http.RequestAborted);
        var options = Options(request, request.Subresource);
        if (mediaType.StartsWith("application/apply-patch", StringComparison.Ordinal))
        {
            await ApplyAsync(request, bytes, mediaType, options);
            return;
        }

        var duplicates = new List<string>();
        var change = Patches.Read(mediaType, bytes, request.Kind, duplicates);
        await AnswerAsync(request, 200, writer.Change(request.Kind, request.Id, change, duplicates, options), options);
    }

    public async Task DeleteAsync(ResourceRequest request)
    {
        var options = await DeleteOptionsAsync(request);
        var (last, gone) = deleter.Delete(request.Kind, request.Id, options);
        if (gone && !request.Kind.ReturnsDeleted)
        {
            await Responses.WriteAsync(request.Http, 200, Deleted(request.Kind, last));
            return;
        }

        await Responses.WriteAsync(request.Http, 200, Representation.For(request, time).One(last));
    }

    public async Task DeleteCollectionAsync(ResourceRequest request)
    {
        var options = await DeleteOptionsAsync(request);
        var labels = LabelSelector.Parse(request.Query("labelSelector"));
        var fields = FieldSelector.Parse(request.Query("fieldSelector"), request.Kind);
        var deleted = new List<StoredObject>();
        foreach (var (key, stored) in store.Of(request.Kind.Resource).Objects)
        {
            if (ReadHandler.InNamespace(key, request.Id.Namespace) && labels.Matches(stored.Value) && fields.Matches(stored.Value) && TryDelete(request.Kind, stored.Id, options) is { } last)
            {
                deleted.Add(last);
            }
        }

        await Responses.WriteAsync(request.Http, 200, Representation.For(request, time).List(deleted, new JsonObject { ["resourceVersion"] = $"{store.Version}" }));
    }

    private StoredObject? TryDelete(ResourceKind kind, ObjectId id, DeleteOptions options)
    {
        try
        {
            return deleter.Delete(kind, id, options).Last;
        }
        catch (ApiException gone) when (gone.Code == 404)
        {
            return null;
        }
    }

    private async Task ApplyAsync(ResourceRequest request, byte[] bytes, string mediaType, WriteOptions options)
    {
        if (string.IsNullOrEmpty(request.Query("fieldManager")))
        {
            throw new ApiException(422, "Invalid", "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch", []);
        }

        var body = RequestBody.Parse(bytes, mediaType);
        if (body.Value.At("metadata.managedFields") is JsonArray { Count: > 0 })
        {
            throw ApiException.BadRequest("metadata.managedFields must be nil");
        }

        var (stored, created) = writer.Apply(request.Kind, request.Id, body.Value, body.DuplicateFields, options);
        await AnswerAsync(request, created ? 201 : 200, stored, options);
    }

    private Task AnswerAsync(ResourceRequest request, int status, StoredObject stored, WriteOptions options)
    {
        Responses.Warn(request.Http, options.Warnings);
        return Responses.WriteAsync(request.Http, status, Representation.For(request, time).One(stored));
    }

    private static async Task<ParsedObject> BodyAsync(ResourceRequest request) =>
        await RequestBody.ReadObjectAsync(request.Http.Request, request.Http.RequestAborted) ?? throw ApiException.BadRequest("the request has no body");

    private static async Task<DeleteOptions> DeleteOptionsAsync(ResourceRequest request)
    {
        var body = await RequestBody.ReadObjectAsync(request.Http.Request, request.Http.RequestAborted);
        return DeleteOptions.Read(body?.Value, request.Query, request.Query("dryRun") == "All");
    }

    public static WriteOptions Options(ResourceRequest request, string subresource) => new(Manager(request))
    {
        DryRun = request.Query("dryRun") == "All",
        Force = request.Flag("force"),
        Subresource = subresource.Length == 0 ? null : subresource,
        Validation = request.Query("fieldValidation") switch
        {
            "Strict" => FieldValidation.Strict,
            "Ignore" => FieldValidation.Ignore,
            _ => FieldValidation.Warn,
        },
    };

    // Who gives no name is known by the program's: what User-Agent says before the slash.
    private static string Manager(ResourceRequest request)
    {
        if (request.Query("fieldManager") is { Length: > 0 } given)
        {
            return given;
        }

        var agent = request.Http.Request.Headers.UserAgent.ToString().Split('/')[0];
        return agent.Length == 0 ? "unknown" : agent;
    }

    private static JsonObject Deleted(ResourceKind kind, StoredObject last)
    {
        var details = new JsonObject { ["name"] = last.Id.Name, ["kind"] = kind.Plural, ["uid"] = last.Uid };
        if (kind.Group.Length > 0)
        {
            details["group"] = kind.Group;
        }

        return new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["details"] = details };
    }
}
