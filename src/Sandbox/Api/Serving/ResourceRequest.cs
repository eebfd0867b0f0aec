using Knative.Xds.Sandbox.Api.Kinds;
using Knative.Xds.Sandbox.Api.Storage;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Sandbox.Api.Serving;

/// <summary>A request about a kind that is served.</summary>
internal sealed record ResourceRequest(HttpContext Http, ResourceKind Kind, ObjectId Id, string Subresource)
{
    public bool IsCollection => Id.Name.Length == 0;
    public bool IsWatch => IsCollection && Flag("watch");

    public string? Query(string name) => Http.Request.Query.TryGetValue(name, out var values) ? values[^1] : null;

    public bool Flag(string name) => Query(name) is "true" or "1";
}
