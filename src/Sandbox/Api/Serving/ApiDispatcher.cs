using Knative.Xds.Sandbox.Api.Kinds;
using Knative.Xds.Sandbox.Api.Storage;
using Knative.Xds.Sandbox.Api.Writing;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Api.Serving;

/// <summary>Finds the handler of a request and turns refusals into Status bodies.</summary>
internal sealed class ApiDispatcher(KindRegistry registry, ApiHandlers handlers, ILogger logger)
{
    public async Task HandleAsync(HttpContext http)
    {
        try
        {
            await RouteAsync(http);
        }
        catch (ApiException refusal) when (!http.Response.HasStarted)
        {
            await Responses.WriteAsync(http, refusal.Code, refusal.ToStatus());
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
        catch (Exception problem) when (!http.Response.HasStarted)
        {
            // A fault of ours must show as one, and must not take the connection with it.
            SandboxApiLog.RequestFailed(logger, problem, http.Request.Method, http.Request.Path);
            await Responses.WriteAsync(http, 500, new ApiException(500, "InternalError", $"Internal error occurred: {problem.Message}").ToStatus());
        }
    }

    private Task RouteAsync(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "/";
        if (handlers.Documents.Find(path) is { } document)
        {
            return document(http);
        }

        if (ResourcePath.Parse(path) is not { } resource)
        {
            throw ApiException.UnknownPath();
        }

        if (ReviewHandler.Handles(resource))
        {
            return ReviewHandler.AnswerAsync(http, resource);
        }

        var kind = registry.Find(resource.Group, resource.Version, resource.Resource) ?? throw ApiException.UnknownPath();
        if (!kind.Namespaced && resource.Namespace.Length > 0)
        {
            throw ApiException.UnknownPath();
        }

        if (kind.Deprecation is { } deprecation)
        {
            Responses.Warn(http, [deprecation]);
        }

        return DispatchAsync(new ResourceRequest(http, kind, new ObjectId(resource.Namespace, resource.Name), resource.Subresource));
    }

    private Task DispatchAsync(ResourceRequest request) => request.Subresource switch
    {
        "" => request.IsCollection ? CollectionAsync(request) : ObjectAsync(request),
        SubresourceParts.Status when request.Kind.HasStatus => ReadOrChangeAsync(request),
        "scale" when request.Kind.Scale is not null => ScaleAsync(request),
        "log" when request.Kind.OtherSubresources.ContainsKey("log") => handlers.Logs.AnswerAsync(request),
        "binding" when request.Kind.OtherSubresources.ContainsKey("binding") => handlers.Bindings.BindAsync(request),
        "finalize" when request.Kind.IsNamespaceKind => ReadOrChangeAsync(request with { Subresource = "" }),
        _ => throw ApiException.UnknownPath(),
    };

    private Task CollectionAsync(ResourceRequest request) => request.Http.Request.Method switch
    {
        "GET" when request.IsWatch => handlers.Watches.WatchAsync(request),
        "GET" => handlers.Reads.ListAsync(request),
        "POST" => handlers.Writes.CreateAsync(request),
        "DELETE" => handlers.Writes.DeleteCollectionAsync(request),
        _ => throw ApiException.MethodNotAllowed(),
    };

    private Task ObjectAsync(ResourceRequest request) => request.Http.Request.Method == "DELETE"
        ? handlers.Writes.DeleteAsync(request)
        : ReadOrChangeAsync(request);

    private Task ReadOrChangeAsync(ResourceRequest request) => request.Http.Request.Method switch
    {
        "GET" => handlers.Reads.GetAsync(request),
        "PUT" => handlers.Writes.UpdateAsync(request),
        "PATCH" => handlers.Writes.PatchAsync(request),
        _ => throw ApiException.MethodNotAllowed(),
    };

    private Task ScaleAsync(ResourceRequest request) => request.Http.Request.Method switch
    {
        "GET" => handlers.Scales.GetAsync(request),
        "PUT" or "PATCH" => handlers.Scales.ChangeAsync(request),
        _ => throw ApiException.MethodNotAllowed(),
    };
}
