using System.Net;

namespace Knative.Xds.Autoscaler.Tests;

/// <summary>Refuses some requests of the autoscaler, for as long as it is told to.</summary>
internal sealed class RefusingApi(HttpMethod method, string pathEnd) : DelegatingHandler
{
    private int _refused;

    public bool Refuses { get; set; }

    public int Refused => Volatile.Read(ref _refused);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!Refuses || request.Method != method || !request.RequestUri!.AbsolutePath.EndsWith(pathEnd, StringComparison.Ordinal))
        {
            return base.SendAsync(request, cancellationToken);
        }

        Interlocked.Increment(ref _refused);
        return Task.FromResult(new HttpResponseMessage(HttpStatusCode.InternalServerError) { Content = new StringContent("not now") });
    }
}
