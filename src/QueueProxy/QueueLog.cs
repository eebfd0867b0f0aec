namespace Knative.Xds.QueueProxy;

/// <summary>What an operator may want to know of a queue-proxy.</summary>
internal static partial class QueueLog
{
    [LoggerMessage(5000, LogLevel.Information, "Serving revision {Revision} on {Address}, user container at {User}")]
    public static partial void Serving(ILogger logger, string revision, string address, string user);

    [LoggerMessage(5001, LogLevel.Information, "Draining: probes fail from now on, the port stays open until no request has come for {QuietPeriod}")]
    public static partial void Draining(ILogger logger, TimeSpan quietPeriod);

    [LoggerMessage(5002, LogLevel.Information, "Stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(5003, LogLevel.Warning, "Stopping with {Tunnels} upgraded connections still open")]
    public static partial void TunnelsCut(ILogger logger, int tunnels);

    [LoggerMessage(5004, LogLevel.Warning, "The certificate {File} cannot be read; the last one stays in use")]
    public static partial void CertificateUnreadable(ILogger logger, Exception error, string file);

    [LoggerMessage(5005, LogLevel.Information, "Certificate {Thumbprint} is in use")]
    public static partial void CertificateReplaced(ILogger logger, string thumbprint);

    [LoggerMessage(5006, LogLevel.Information, "TLS curves cannot be chosen on this platform; {Curves} is not followed")]
    public static partial void CurvesIgnored(ILogger logger, string curves);

    [LoggerMessage(5007, LogLevel.Error, "The request log template is malformed, requests are not logged: {Problem}")]
    public static partial void RequestLogUnavailable(ILogger logger, string problem);

    [LoggerMessage(5008, LogLevel.Warning, "{Kind} cannot be sent to {EndPoint}: {Problem}")]
    public static partial void ExportFailed(ILogger logger, string kind, string endPoint, string problem);

    [LoggerMessage(5009, LogLevel.Error, "The readiness probe of the user container at {Host}, port {Port}, can never succeed: {Problem}")]
    public static partial void ProbeUnusable(ILogger logger, string host, int port, string problem);
}
