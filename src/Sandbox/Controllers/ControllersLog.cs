using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Controllers;

internal static partial class ControllersLog
{
    [LoggerMessage(6200, LogLevel.Warning, "{Controller}: {Key} could not be brought up to date, trying again: {Problem}")]
    public static partial void NotReconciled(this ILogger logger, string controller, string key, string problem);

    [LoggerMessage(6201, LogLevel.Error, "{Controller}: {Key} failed")]
    public static partial void ReconcileFailed(this ILogger logger, Exception error, string controller, string key);
}
