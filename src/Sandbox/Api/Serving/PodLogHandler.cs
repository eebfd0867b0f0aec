using System.Net;
using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Storage;

namespace Knative.Xds.Sandbox.Api.Serving;

/// <summary>pods/log: passed through from the kubelet of the pod's node, as kube-apiserver does.</summary>
internal sealed class PodLogHandler(ObjectStore store) : IDisposable
{
    private static readonly string[] Passed = ["follow", "tailLines", "sinceSeconds", "sinceTime", "timestamps", "limitBytes", "previous"];

    private readonly HttpClient _kubelets = new(new SocketsHttpHandler
    {
        // A kubelet's certificate is self-signed; it is reached on this machine.
        SslOptions = new() { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null },
        UseProxy = false,
    })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public async Task AnswerAsync(ResourceRequest request)
    {
        var pod = store.Find(request.Kind.Resource, request.Id)?.Value ?? throw ApiException.NotFound(request.Kind, request.Id.Name);
        var address = Address(request, pod);
        using var message = new HttpRequestMessage(HttpMethod.Get, address);
        using var answer = await SendAsync(message, request);
        request.Http.Response.StatusCode = (int)answer.StatusCode;
        request.Http.Response.ContentType = "text/plain";
        await using var body = await answer.Content.ReadAsStreamAsync(request.Http.RequestAborted);
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await body.ReadAsync(buffer, request.Http.RequestAborted)) > 0)
        {
            await request.Http.Response.Body.WriteAsync(buffer.AsMemory(0, read), request.Http.RequestAborted);
            await request.Http.Response.Body.FlushAsync(request.Http.RequestAborted);
        }
    }

    public void Dispose() => _kubelets.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage message, ResourceRequest request)
    {
        try
        {
            return await _kubelets.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, request.Http.RequestAborted);
        }
        catch (HttpRequestException problem)
        {
            throw new ApiException((int)HttpStatusCode.InternalServerError, "InternalError", $"Get \"{message.RequestUri}\": {problem.Message}");
        }
    }

    private Uri Address(ResourceRequest request, JsonObject pod)
    {
        var container = Container(request, pod);
        var nodeName = pod.Text("spec.nodeName") is { Length: > 0 } name ? name : throw ApiException.BadRequest($"pod {request.Id.Name} does not have a host assigned");
        var node = store.Find("nodes", new ObjectId("", nodeName))?.Value ?? throw ApiException.BadRequest($"node \"{nodeName}\" not found");
        var ip = node.Objects("status.addresses").FirstOrDefault(address => address.Text("type") == "InternalIP").Text("address");
        var port = node.Number("status.daemonEndpoints.kubeletEndpoint.Port");
        if (ip is null || port is null)
        {
            throw ApiException.BadRequest($"node \"{nodeName}\" names no kubelet endpoint");
        }

        var query = string.Join("&", Passed.Where(parameter => request.Query(parameter) is not null).Select(parameter => $"{parameter}={Uri.EscapeDataString(request.Query(parameter)!)}"));
        return new Uri($"https://{(ip.Contains(':', StringComparison.Ordinal) ? $"[{ip}]" : ip)}:{port}/containerLogs/{request.Id.Namespace}/{request.Id.Name}/{container}?{query}");
    }

    private static string Container(ResourceRequest request, JsonObject pod)
    {
        var names = pod.Objects("spec.containers").Concat(pod.Objects("spec.initContainers")).Select(container => container.Text("name") ?? "").ToList();
        if (request.Query("container") is { Length: > 0 } asked)
        {
            return names.Contains(asked) ? asked : throw ApiException.BadRequest($"container {asked} is not valid for pod {request.Id.Name}");
        }

        return names.Count == 1
            ? names[0]
            : throw ApiException.BadRequest($"a container name must be specified for pod {request.Id.Name}, choose one of: [{string.Join(' ', names)}]");
    }
}
