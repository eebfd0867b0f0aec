using System.Collections.Immutable;
using System.Net;

namespace Knative.Xds.XdsServer.Security;

/// <summary>Who is at the other end of a stream, as the connection itself shows.</summary>
/// <param name="Address">IP address.</param>
/// <param name="Certificate">SHA-256 of the verified client certificate; null when there is none.</param>
/// <param name="Names">That certificate's names.</param>
/// <param name="CertificateEnds">When it ends.</param>
/// <param name="IsTrusted">It has a verified certificate, or needs none: it is on this machine, or plaintext is allowed.</param>
/// <param name="MayHoldKeys">It may be sent private keys: it has a verified certificate, is on this machine, or they are allowed in plaintext.</param>
/// <param name="IsClientOnly">It came by the port for gRPC clients, where nobody proves anything.</param>
internal sealed record StreamPeer(string Address, string? Certificate, ImmutableArray<string> Names, DateTimeOffset CertificateEnds, bool IsTrusted, bool MayHoldKeys, bool IsClientOnly = false)
{
    public bool HasCertificate => Certificate is not null;

    /// <summary>What limits count by.</summary>
    public string Key => Certificate ?? Address;

    /// <summary>The other end of a connection.</summary>
    public static StreamPeer Of(HttpContext context, XdsServerOptions options)
    {
        var connection = context.Connection;
        var address = connection.RemoteIpAddress ?? IPAddress.None;
        var local = IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);
        if (context.Features.Get<ClientPort>() is not null)
        {
            return new(address.ToString(), null, [], DateTimeOffset.MaxValue, IsTrusted: false, MayHoldKeys: false, IsClientOnly: true);
        }

        return connection.ClientCertificate is { } certificate
            ? new(address.ToString(), certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256), CertificateNames.Of(certificate), certificate.NotAfter.ToUniversalTime(), IsTrusted: true, MayHoldKeys: true)
            : new(address.ToString(), null, [], DateTimeOffset.MaxValue, local || options.AllowPlaintext, local || (options.AllowPlaintext && options.AllowPlaintextKeys));
    }

    /// <inheritdoc/>
    public override string ToString() => Names is [var name, ..] ? $"{Address} ({name})" : Address;
}
