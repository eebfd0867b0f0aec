using Knative.Xds.Core.Model;

namespace Knative.Xds.Autoscaler;

/// <summary>Everything the autoscaler logs.</summary>
internal static partial class AutoscalerLog
{
    [LoggerMessage(3000, LogLevel.Information, "Scaled {Revision} from {From} to {To}: {Why}")]
    public static partial void Scaled(ILogger logger, ObjectKey revision, int from, int to, string why);

    [LoggerMessage(3001, LogLevel.Warning, "{ConfigMap}: {Field} is refused, the last good settings stay: {Problem}")]
    public static partial void ConfigRefused(ILogger logger, ObjectKey configMap, string field, string problem);

    [LoggerMessage(3002, LogLevel.Information, "{ConfigMap} is in force")]
    public static partial void ConfigTaken(ILogger logger, ObjectKey configMap);

    [LoggerMessage(3017, LogLevel.Warning, "{ConfigMap} is deleted, the last good settings stay")]
    public static partial void ConfigDeleted(ILogger logger, ObjectKey configMap);

    [LoggerMessage(3003, LogLevel.Warning, "Reconciling {Kind} {Key} failed, it is tried again: {Problem}")]
    public static partial void ReconcileFailed(ILogger logger, string kind, ObjectKey key, string problem);

    [LoggerMessage(3004, LogLevel.Debug, "Reconciling {Kind} {Key} met a newer object, it is tried again: {Problem}")]
    public static partial void ReconcileConflict(ILogger logger, string kind, ObjectKey key, string problem);

    [LoggerMessage(3020, LogLevel.Error, "{Revision} was decided, but what that leads to failed")]
    public static partial void DecisionFailed(ILogger logger, ObjectKey revision, Exception exception);

    [LoggerMessage(3005, LogLevel.Information, "{Revision} has requests and no pods: {Pods} are wanted")]
    public static partial void Woken(ILogger logger, ObjectKey revision, int pods);

    [LoggerMessage(3006, LogLevel.Warning, "Scraping {Revision} failed: {Problem}")]
    public static partial void ScrapeFailed(ILogger logger, ObjectKey revision, string problem);

    [LoggerMessage(3007, LogLevel.Information, "Scraping {Revision} works again")]
    public static partial void ScrapeRecovered(ILogger logger, ObjectKey revision);

    [LoggerMessage(3008, LogLevel.Warning, "A stats frame from {Peer} was skipped: {Problem}; more of them are only counted")]
    public static partial void FrameSkipped(ILogger logger, string peer, string problem);

    [LoggerMessage(3009, LogLevel.Debug, "Stats connection from {Peer} ended: {Problem}")]
    public static partial void ConnectionEnded(ILogger logger, string peer, string problem);

    [LoggerMessage(3010, LogLevel.Error, "The {Loop} loop failed and goes on")]
    public static partial void LoopFailed(ILogger logger, string loop, Exception exception);

    [LoggerMessage(3011, LogLevel.Information, "{Revision}: Active is now {Status} {Reason}")]
    public static partial void ActiveChanged(ILogger logger, ObjectKey revision, string status, string reason);

    [LoggerMessage(3013, LogLevel.Warning, "{Revision}: annotations that admission would refuse (what is no value, or no bound, counts as absent): {Problems}")]
    public static partial void InvalidAnnotations(ILogger logger, ObjectKey revision, string problems);

    [LoggerMessage(3014, LogLevel.Warning, "The clock was set back: data from {Ahead} ahead of it was forgotten, windows begin anew")]
    public static partial void DataFromTheFuture(ILogger logger, TimeSpan ahead);

    [LoggerMessage(3015, LogLevel.Warning, "The clock was set back by {Step}: deciders go on as if it had not been")]
    public static partial void ClockSetBack(ILogger logger, TimeSpan step);

    [LoggerMessage(3016, LogLevel.Warning, "{Peer} pushes more stats than any activator: it is read no faster than that")]
    public static partial void PeerFloods(ILogger logger, string peer);

    [LoggerMessage(3012, LogLevel.Information, "{Sks}: traffic now goes to {Target} ({Addresses} addresses)")]
    public static partial void EndpointsSwitched(ILogger logger, ObjectKey sks, string target, int addresses);
}
