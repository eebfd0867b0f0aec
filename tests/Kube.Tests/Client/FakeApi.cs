using System.Net;
using System.Text;

namespace Knative.Xds.Kube.Tests.Client;

/// <summary>Answers every request with one body and remembers what was asked.</summary>
internal sealed class FakeApi(int status, string body) : HttpMessageHandler
{
    public List<(HttpMethod Method, string Path, string? ContentType, string? Body)> Requests { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var sent = request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken);
        Requests.Add((request.Method, request.RequestUri!.PathAndQuery, request.Content?.Headers.ContentType?.MediaType, sent));
        return new HttpResponseMessage((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
    }
}
