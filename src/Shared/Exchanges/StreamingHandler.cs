namespace Knative.Xds.Exchanges;

/// <summary>Sends each part of a request body of unknown length as soon as it is there, for exchanges that go both ways at once.</summary>
/// <remarks>YARP does so for gRPC only; anything else would sit in a buffer until that is full.</remarks>
internal sealed class StreamingHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is { Headers.ContentLength: null } content)
        {
            request.Content = new FlushingContent(content);
        }

        return base.SendAsync(request, cancellationToken);
    }
}
