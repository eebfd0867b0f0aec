using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Knative.Xds.Activation.Throttling;
using Knative.Xds.Activation.Tls;
using Knative.Xds.Core.Wire;
using Knative.Xds.Dialing;
using Knative.Xds.Exchanges;

namespace Knative.Xds.Activation.Forwarding;

/// <summary>Connections to pods, shared by probes and requests.</summary>
internal sealed class BackendTransport : IDisposable
{
    /// <value>Namespace of the pod that a request is for, where it goes over TLS.</value>
    public static readonly HttpRequestOptionsKey<string> TlsNamespace = new("Knative.Xds.TlsNamespace");
    private const int ServiceHttpsPort = 443;
    private readonly PatientDialer _dialer;
    private readonly CertificateStore _certificates;

    public BackendTransport(ActivatorOptions options, CertificateStore certificates, TimeProvider time)
    {
        _certificates = certificates;
        _dialer = new PatientDialer(time);
        Invoker = new HttpMessageInvoker(new StreamingHandler(new SingleAttemptHandler(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            // Trace headers are the client's, not ours: they pass as they came.
            ActivityHeadersPropagator = null,
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = options.ConnectionIdleTimeout,
            ConnectTimeout = PatientDialer.Limit + TimeSpan.FromSeconds(10),
            RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ConnectCallback = ConnectAsync,
        })));
    }

    public HttpMessageInvoker Invoker { get; }

    public void Dispose() => Invoker.Dispose();

    /// <summary>Where a pod, or the Service that stands for its pods, speaks TLS.</summary>
    public static string TlsAddress(PodLease lease) =>
        string.Create(CultureInfo.InvariantCulture, $"{lease.Address.AsSpan(0, lease.Address.LastIndexOf(':'))}:{(lease.IsClusterIp ? ServiceHttpsPort : Ports.BackendHttps)}");

    /// <summary>Opens a connection for HTTP/1.1 that nobody else uses.</summary>
    /// <param name="address">Where to, as <c>ip:port</c>.</param>
    /// <param name="tlsNamespace">Namespace of the pod, where it goes over TLS; else null.</param>
    /// <param name="cancellationToken">Ends the attempts.</param>
    public ValueTask<Stream> ConnectAsync(string address, string? tlsNamespace, CancellationToken cancellationToken) =>
        ConnectAsync(IPEndPoint.Parse(address), tlsNamespace, http2: false, cancellationToken);

    // The handshake is made here and not by the handler, which takes the stream as it is: it depends on the namespace, of which the handler's pools know nothing.
    private ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var request = context.InitialRequestMessage;
        return ConnectAsync(EndPoint(context.DnsEndPoint), request.Options.TryGetValue(TlsNamespace, out var ns) ? ns : null, request.Version.Major == 2, cancellationToken);
    }

    private async ValueTask<Stream> ConnectAsync(EndPoint endPoint, string? tlsNamespace, bool http2, CancellationToken cancellationToken)
    {
        var plain = new NetworkStream(await _dialer.DialAsync(endPoint, cancellationToken), ownsSocket: true);
        if (tlsNamespace is null)
        {
            return plain;
        }

        var tls = new SslStream(plain);
        try
        {
            await tls.AuthenticateAsClientAsync(_certificates.ForBackend(tlsNamespace, http2), cancellationToken);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    private static EndPoint EndPoint(DnsEndPoint endPoint) =>
        IPAddress.TryParse(endPoint.Host, out var address) ? new IPEndPoint(address, endPoint.Port) : endPoint;
}
