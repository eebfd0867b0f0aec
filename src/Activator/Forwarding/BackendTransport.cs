using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Knative.Xds.Activation.Forwarding;

/// <summary>Connections to pods, shared by probes and requests.</summary>
internal sealed class BackendTransport : IDisposable
{
    private readonly BackendDialer _dialer;

    public BackendTransport(ActivatorOptions options, TimeProvider time)
    {
        _dialer = new BackendDialer(time);
        Invoker = new HttpMessageInvoker(new StreamingHandler(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            // Trace headers are the client's, not ours: they pass as they came.
            ActivityHeadersPropagator = null,
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = options.ConnectionIdleTimeout,
            ConnectTimeout = BackendDialer.Limit + TimeSpan.FromSeconds(10),
            RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ConnectCallback = ConnectAsync,
        }));
    }

    public HttpMessageInvoker Invoker { get; }

    public void Dispose() => Invoker.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken) =>
        new NetworkStream(await _dialer.DialAsync(EndPoint(context.DnsEndPoint), cancellationToken), ownsSocket: true);

    private static EndPoint EndPoint(DnsEndPoint endPoint) =>
        IPAddress.TryParse(endPoint.Host, out var address) ? new IPEndPoint(address, endPoint.Port) : endPoint;
}
