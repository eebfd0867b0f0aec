using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Sandbox.Api.Serving;

/// <summary>Writes answers.</summary>
internal static class Responses
{
    public const string Json = "application/json";

    public static Task WriteAsync(HttpContext http, int status, JsonNode body, string contentType = Json) => WriteAsync(http, status, body.ToUtf8(), contentType);

    public static async Task WriteAsync(HttpContext http, int status, byte[] body, string contentType = Json)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    /// <summary>Warnings travel in a header each (RFC 7234 §5.5).</summary>
    public static void Warn(HttpContext http, IEnumerable<string> warnings)
    {
        foreach (var warning in warnings.Distinct())
        {
            var text = warning.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
            http.Response.Headers.Append("Warning", $"299 - \"{text}\"");
        }
    }
}
