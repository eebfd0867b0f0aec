using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Web;
using Knative.Xds.Testing;

namespace Knative.Xds.XdsServer.Tests.Watching;

/// <summary>An API of Secrets that answers lists when the test says so; watches by name stay open and are silent.</summary>
internal sealed class SecretApi(TestCertificate certificate) : HttpMessageHandler
{
    private readonly Pipe _labelWatch = new();
    private int _asked;
    private int _askedByLabel;

    /// <summary>Lists by name asked for so far.</summary>
    public int Asked => _asked;
    /// <summary>Lists by label asked for so far.</summary>
    public int AskedByLabel => _askedByLabel;
    /// <summary>Awaited before a list is answered.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;
    /// <summary>What lists are answered with.</summary>
    public HttpStatusCode Status { get; set; } = HttpStatusCode.OK;
    /// <summary>What lists by label are answered with.</summary>
    public HttpStatusCode LabelStatus { get; set; } = HttpStatusCode.OK;
    /// <summary>The Secrets that have the label.</summary>
    public IReadOnlyCollection<string> Labelled { get; set; } = [];
    /// <summary>The Secrets that there are not.</summary>
    public IReadOnlyCollection<string> Missing { get; set; } = [];

    /// <summary>Tells whoever watches by label.</summary>
    public async Task TellAsync(string type, string name, TestCertificate current, int version)
    {
        var line = JsonSerializer.Serialize(new { type, @object = Secret(name, current, version) });
        await _labelWatch.Writer.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var query = HttpUtility.ParseQueryString(request.RequestUri!.Query);
        var isByLabel = query["labelSelector"] is not null;
        if (query["watch"] is not null)
        {
            return isByLabel
                ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new StreamContent(_labelWatch.Reader.AsStream()) }
                : await new TaskCompletionSource<HttpResponseMessage>().Task.WaitAsync(cancellationToken);
        }

        Interlocked.Increment(ref (isByLabel ? ref _askedByLabel : ref _asked));
        await Gate.WaitAsync(cancellationToken);
        var status = isByLabel ? LabelStatus : Status;
        var names = isByLabel ? Labelled : [query["fieldSelector"]!.Split('=')[1]];
        var body = status == HttpStatusCode.OK ? List(names) : """{"kind":"Status","apiVersion":"v1","status":"Failure","message":"no"}""";
        return new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
    }

    private string List(IEnumerable<string> names) => JsonSerializer.Serialize(new
    {
        kind = "SecretList",
        apiVersion = "v1",
        metadata = new { resourceVersion = "1" },
        items = names.Except(Missing).Select(name => Secret(name, certificate, 1)),
    });

    private static object Secret(string name, TestCertificate current, int version) => new
    {
        apiVersion = "v1",
        kind = "Secret",
        metadata = new { name, @namespace = "default", uid = name, resourceVersion = $"{version}" },
        type = "kubernetes.io/tls",
        data = new Dictionary<string, byte[]> { ["tls.crt"] = Encoding.UTF8.GetBytes(current.Chain), ["tls.key"] = Encoding.UTF8.GetBytes(current.PrivateKey) },
    };
}
