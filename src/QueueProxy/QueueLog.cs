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
}
