namespace Knative.Xds.XdsServer.Security;

/// <summary>Log messages of this area: 1100 to 1149.</summary>
internal static partial class SecurityLog
{
    [LoggerMessage(1100, LogLevel.Information, "The xDS port has new certificates: {Subject}, until {NotAfter:u}")]
    public static partial void CertificatesReplaced(ILogger logger, string subject, DateTimeOffset notAfter);

    [LoggerMessage(1101, LogLevel.Error, "The xDS port keeps its certificates, until {NotAfter:u}, as the new files cannot be used: {Problem}")]
    public static partial void CertificatesKept(ILogger logger, string problem, DateTimeOffset notAfter);

    [LoggerMessage(1102, LogLevel.Warning, "A stream of {Peer} is refused ({Reason}): {Message}")]
    public static partial void Refused(ILogger logger, string peer, string reason, string message);

    [LoggerMessage(1103, LogLevel.Warning, "The xDS port {Address} is open without TLS, as --allow-plaintext asks: whoever reaches it gets everything that a gateway gets, private keys only where --allow-plaintext-keys asks for that too")]
    public static partial void Plaintext(ILogger logger, string address);

    [LoggerMessage(1104, LogLevel.Debug, "A TLS handshake on the xDS port failed: the client certificate is {Problem}")]
    public static partial void ClientCertificateRefused(ILogger logger, string problem);
}
