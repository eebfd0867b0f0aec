namespace Knative.Xds.Exchanges;

/// <summary>Keeps the platform's client from sending a request again that may not be repeated.</summary>
/// <remarks>Over HTTP/1.1 it sends whatever has no content and got no answer up to three times more, over new connections too and whatever the method; Go's client
/// does so with these methods only, and where the client says that the request is idempotent. Source: Go's net/http, Request.isReplayable.</remarks>
internal sealed class SingleAttemptHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is null && request.Version.Major == 1 && !MayBeRepeated(request))
        {
            // Its length is said then, which with DELETE it would not be otherwise.
            request.Content = new ByteArrayContent([]);
        }

        return base.SendAsync(request, cancellationToken);
    }

    private static bool MayBeRepeated(HttpRequestMessage request)
    {
        var method = request.Method.Method;
        return HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method)
            || request.Headers.NonValidated.Contains("Idempotency-Key") || request.Headers.NonValidated.Contains("X-Idempotency-Key");
    }
}
