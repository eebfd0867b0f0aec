using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;

namespace Knative.Xds.Autoscaler.Tests.Reconciling;

/// <summary>A Kubernetes API with Deployments and nothing else, which keeps every patch that it gets.</summary>
internal sealed class RecordedTargets(IReadOnlyDictionary<string, int?> replicasByNamespace) : HttpMessageHandler
{
    private const string Deployments = "/apis/apps/v1/deployments";

    /// <summary>Patches by namespace.</summary>
    public ConcurrentDictionary<string, SentPatch> Patches { get; } = new();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.AbsolutePath;
        if (request.Method == HttpMethod.Patch)
        {
            // /apis/GROUP/VERSION/namespaces/NAMESPACE/RESOURCE/NAME/SUBRESOURCE
            var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
            Patches[parts[4]] = new SentPatch(
                $"{parts[6]} {request.Content!.Headers.ContentType!.MediaType} [{string.Join(' ', parts[7..])}]",
                $"{parts[1]}/{parts[2]}, Resource={parts[5]}",
                await request.Content.ReadAsStringAsync(cancellationToken));
            return Json("{}");
        }

        if (request.RequestUri.Query.Contains("watch=true", StringComparison.Ordinal))
        {
            // Nothing ever changes.
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        }

        return Json($$"""{"metadata":{"resourceVersion":"1"},"items":[{{(path == Deployments ? string.Join(',', replicasByNamespace.Select(Deployment)) : "")}}]}""");
    }

    private static string Deployment(KeyValuePair<string, int?> entry) => JsonSerializer.Serialize(new
    {
        metadata = new { name = "rev-deployment", @namespace = entry.Key, uid = entry.Key, resourceVersion = "1" },
        spec = new { replicas = entry.Value, selector = new { }, template = new { } },
    });

    private static HttpResponseMessage Json(string text) => new(HttpStatusCode.OK) { Content = new StringContent(text, Encoding.UTF8, "application/json") };
}
