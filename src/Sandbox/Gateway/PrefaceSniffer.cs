using System.Buffers;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>Lets Kestrel speak HTTP/2 with prior knowledge and HTTP/1.1 on one port, as Envoy does.</summary>
/// <remarks>Without TLS Kestrel takes HTTP/1.1 whenever both are allowed; it believes ALPN, so that is what a connection that starts with HTTP/2's preface is given.</remarks>
internal sealed class PrefaceSniffer : ITlsConnectionFeature, ITlsApplicationProtocolFeature
{
    private static readonly PrefaceSniffer Http2 = new();

    public X509Certificate2? ClientCertificate { get; set; }

    public ReadOnlyMemory<byte> ApplicationProtocol { get; } = "h2"u8.ToArray();

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n"u8;

    public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult<X509Certificate2?>(null);

    public static ConnectionDelegate Middleware(ConnectionDelegate next) => async connection =>
    {
        if (await StartsWithPrefaceAsync(connection))
        {
            connection.Features.Set<ITlsConnectionFeature>(Http2);
            connection.Features.Set<ITlsApplicationProtocolFeature>(Http2);
        }

        await next(connection);
    };

    private static async Task<bool> StartsWithPrefaceAsync(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync(connection.ConnectionClosed);
            var decision = Decide(read.Buffer);
            if (decision is not null || read.IsCompleted)
            {
                // Nothing counts as examined, so that the next reader gets it at once.
                input.AdvanceTo(read.Buffer.Start);
                return decision ?? false;
            }

            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    /// <summary>Null as long as the bytes may still become the preface.</summary>
    private static bool? Decide(ReadOnlySequence<byte> received)
    {
        var length = (int)Math.Min(received.Length, Preface.Length);
        Span<byte> start = stackalloc byte[length];
        received.Slice(0, length).CopyTo(start);
        return !Preface.StartsWith(start) ? false : length == Preface.Length ? true : null;
    }
}
