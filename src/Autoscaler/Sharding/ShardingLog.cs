using Knative.Xds.Core.Model;

namespace Knative.Xds.Autoscaler.Sharding;

/// <summary>What the sharding logs.</summary>
internal static partial class ShardingLog
{
    [LoggerMessage(3100, LogLevel.Information, "{Bucket} is ours: {Revisions} revisions were taken over in {Milliseconds} ms")]
    public static partial void Gained(ILogger logger, string bucket, int revisions, double milliseconds);

    [LoggerMessage(3101, LogLevel.Warning, "{Bucket} is not ours any more: {Revisions} revisions were let go")]
    public static partial void Lost(ILogger logger, string bucket, int revisions);

    [LoggerMessage(3102, LogLevel.Information, "Stats of {Bucket} go to {Address}")]
    public static partial void LinkUp(ILogger logger, string bucket, Uri address);

    [LoggerMessage(3103, LogLevel.Debug, "The holder {Holder} of {Bucket} cannot be reached, its stats wait: {Problem}")]
    public static partial void LinkDown(ILogger logger, string bucket, string holder, string problem);

    [LoggerMessage(3104, LogLevel.Warning, "The connection to the holder of {Bucket} broke, its stats wait: {Problem}")]
    public static partial void LinkLost(ILogger logger, string bucket, string problem);

    [LoggerMessage(3105, LogLevel.Warning, "The endpoints of {Bucket} could not be written, it is tried again; replicas that reach ours by its address do not need them: {Problem}")]
    public static partial void EndpointsFailed(ILogger logger, string bucket, string problem);

    [LoggerMessage(3106, LogLevel.Warning, "{ConfigMap}: {Field} is refused, the defaults are in force: {Problem}")]
    public static partial void ConfigRefused(ILogger logger, ObjectKey configMap, string field, string problem);

    [LoggerMessage(3107, LogLevel.Information, "{Buckets} buckets as {Identity}; a lease lasts {Duration} s")]
    public static partial void Started(ILogger logger, int buckets, string identity, double duration);

    [LoggerMessage(3108, LogLevel.Warning, "{Revision} could not be taken over, its reconcile tries again: {Problem}")]
    public static partial void AdoptionFailed(ILogger logger, ObjectKey revision, string problem);

    [LoggerMessage(3109, LogLevel.Error, "A stat of {Revision} was taken, but what it leads to failed")]
    public static partial void StatFailed(ILogger logger, ObjectKey revision, Exception error);
}
