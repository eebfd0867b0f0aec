using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Gateway;

internal static partial class GatewayLog
{
    [LoggerMessage(6600, LogLevel.Information, "Gateway listener {Name} listens on {Address}")]
    public static partial void ListenerStarted(ILogger logger, string name, string address);

    [LoggerMessage(6601, LogLevel.Information, "Gateway listener {Name} has stopped")]
    public static partial void ListenerStopped(ILogger logger, string name);

    [LoggerMessage(6602, LogLevel.Warning, "Gateway refuses a response of type {Type}: {Reason}")]
    public static partial void ResponseRefused(ILogger logger, string type, string reason);

    [LoggerMessage(6603, LogLevel.Warning, "The stream to the xDS server at {Address} ended; trying again in {Delay}")]
    public static partial void StreamEnded(ILogger logger, string address, TimeSpan delay, Exception? exception);
}
