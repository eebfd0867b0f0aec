using System.Net.Security;
using Microsoft.AspNetCore.Connections;

namespace Knative.Xds.QueueProxy.Listening;

/// <summary>Takes the TLS off a connection.</summary>
/// <remarks>Errors: an <see cref="System.Security.Authentication.AuthenticationException"/> or <see cref="IOException"/> where the handshake fails.</remarks>
internal sealed class TlsTerminator(CertificateStore certificates, TlsSettings settings)
{
    private static readonly List<SslApplicationProtocol> Protocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
    private readonly CipherSuitesPolicy? _suites = CreatePolicy(settings);

    /// <summary>The plain connection inside, and whether it speaks HTTP/2.</summary>
    public async Task<(ConnectionContext Connection, bool Http2)> AuthenticateAsync(ConnectionContext connection, CancellationToken cancellationToken)
    {
        var stream = new SslStream(new TransportStream(connection.Transport), leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = certificates.Current,
                    EnabledSslProtocols = settings.Protocols,
                    ApplicationProtocols = Protocols,
                    CipherSuitesPolicy = _suites,
                },
                cancellationToken);
            return (new TlsConnection(connection, stream), stream.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private static CipherSuitesPolicy? CreatePolicy(TlsSettings settings)
    {
        if (settings.Suites is not { } suites || !OperatingSystem.IsLinux())
            return null;
        return new CipherSuitesPolicy(suites);
    }
}
