using Knative.Xds.Core.Model;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Kube;

/// <summary>Log messages of this area: 2000 to 2999.</summary>
internal static partial class KubeLog
{
    [LoggerMessage(2000, LogLevel.Warning, "Watching {Kind}: next try in {Delay}: {Failure}")]
    public static partial void InformerRetries(ILogger logger, string kind, TimeSpan delay, string failure);

    [LoggerMessage(2001, LogLevel.Warning, "{Kind} {Key} cannot be read: {Error}")]
    public static partial void ObjectUnreadable(ILogger logger, string kind, ObjectKey key, string error);

    [LoggerMessage(2002, LogLevel.Error, "A handler failed on {Kind} {Key}")]
    public static partial void HandlerFailed(ILogger logger, string kind, ObjectKey key, Exception error);

    [LoggerMessage(2010, LogLevel.Warning, "Work on {Key} failed for the {Failures}. time")]
    public static partial void WorkFailed(ILogger logger, string key, int failures, Exception error);

    [LoggerMessage(2020, LogLevel.Warning, "ConfigMap {Key} is not in effect, the last good one stays: {Problem}")]
    public static partial void ConfigRefused(ILogger logger, ObjectKey key, string problem);

    [LoggerMessage(2030, LogLevel.Information, "Lease {Lease}: {Identity} leads: {Leads}")]
    public static partial void LeadershipChanged(ILogger logger, string lease, string identity, bool leads);

    [LoggerMessage(2031, LogLevel.Warning, "Lease {Lease} could not be read or written: {Failure}")]
    public static partial void LeaseFailed(ILogger logger, string lease, string failure);

    [LoggerMessage(2032, LogLevel.Error, "A handler failed on a change of leadership over {Lease}")]
    public static partial void LeaseHandlerFailed(ILogger logger, string lease, Exception error);

    [LoggerMessage(2040, LogLevel.Warning, "Event {Reason} about {Name} is lost: {Failure}")]
    public static partial void EventLost(ILogger logger, string reason, string name, string failure);
}
