using System.Net;
using System.Text;
using System.Text.Json;
using System.Web;
using Knative.Xds.Testing;

namespace Knative.Xds.XdsServer.Tests.Watching;

/// <summary>An API of Secrets that answers lists when the test says so; watches stay open and are silent.</summary>
internal sealed class SecretApi(TestCertificate certificate) : HttpMessageHandler
{
    private int _asked;

    /// <summary>Lists asked for so far.</summary>
    public int Asked => _asked;
    /// <summary>Awaited before a list is answered.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;
    /// <summary>What lists are answered with.</summary>
    public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var query = HttpUtility.ParseQueryString(request.RequestUri!.Query);
        if (query["watch"] is not null)
        {
            await new TaskCompletionSource().Task.WaitAsync(cancellationToken);
        }

        Interlocked.Increment(ref _asked);
        await Gate.WaitAsync(cancellationToken);
        var body = Status == HttpStatusCode.OK ? List(query["fieldSelector"]!.Split('=')[1]) : """{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no"}""";
        return new HttpResponseMessage(Status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
    }

    private string List(string name) => JsonSerializer.Serialize(new
    {
        kind = "SecretList",
        apiVersion = "v1",
        metadata = new { resourceVersion = "1" },
        items = new[]
        {
            new
            {
                metadata = new { name, @namespace = "default", uid = name, resourceVersion = "1" },
                type = "kubernetes.io/tls",
                data = new Dictionary<string, byte[]> { ["tls.crt"] = Encoding.UTF8.GetBytes(certificate.Chain), ["tls.key"] = Encoding.UTF8.GetBytes(certificate.PrivateKey) },
            },
        },
    });
}
