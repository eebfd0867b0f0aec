using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Describing;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Sandbox.Api.Serving;

/// <summary>Answers what is not about objects: health, version, discovery, OpenAPI.</summary>
internal sealed class DocumentHandler(DiscoveryDocuments discovery, OpenApiDocuments openApi)
{
    public const string AggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

    /// <summary>The answer to a path; null when it is not a document's.</summary>
    public Func<HttpContext, Task>? Find(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["healthz" or "livez" or "readyz", ..] => static http => Responses.WriteAsync(http, 200, "ok"u8.ToArray(), "text/plain"),
        ["version"] => static http => Responses.WriteAsync(http, 200, VersionDocument.Value),
        ["api"] => http => Aggregated(http, discovery.AggregatedCore, DiscoveryDocuments.CoreVersions),
        ["apis"] => http => Aggregated(http, discovery.AggregatedGroups, discovery.Groups),
        ["api", var version] => http => Document(http, discovery.Resources("", version)),
        ["apis", var group] => http => Document(http, discovery.Group(group)),
        ["apis", var group, var version] => http => Document(http, discovery.Resources(group, version)),
        ["openapi", "v3"] => http => Document(http, openApi.Index()),
        ["openapi", "v3", "api", var version] => http => Document(http, openApi.Get("", version)),
        ["openapi", "v3", "apis", var group, var version] => http => Document(http, openApi.Get(group, version)),
        _ => null,
    };

    private static Task Aggregated(HttpContext http, Func<JsonObject> aggregated, Func<JsonObject> plain) =>
        http.Request.Headers.Accept.ToString().Split(',').Any(type => type.Contains("v=v2", StringComparison.Ordinal) && !type.Contains("v=v2beta1", StringComparison.Ordinal) && type.Contains("APIGroupDiscoveryList", StringComparison.Ordinal))
            ? Responses.WriteAsync(http, 200, aggregated(), AggregatedType)
            : Responses.WriteAsync(http, 200, plain());

    private static Task Document(HttpContext http, JsonObject? document) => Responses.WriteAsync(http, 200, document ?? throw ApiException.UnknownPath());
}
