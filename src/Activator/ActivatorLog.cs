using Knative.Xds.Core.Model;

namespace Knative.Xds.Activation;

internal static partial class ActivatorLog
{
    [LoggerMessage(4000, LogLevel.Information, "Reporting to the autoscaler at {Address}")]
    public static partial void LinkUp(ILogger logger, Uri address);

    [LoggerMessage(4001, LogLevel.Warning, "The autoscaler at {Address} cannot be reached, retrying: {Reason}")]
    public static partial void LinkDown(ILogger logger, Uri address, string reason);

    [LoggerMessage(4002, LogLevel.Error, "The probe of {Address} failed unexpectedly")]
    public static partial void ProbingFailed(ILogger logger, string address, Exception exception);

    [LoggerMessage(4003, LogLevel.Information, "Draining for {Duration}")]
    public static partial void Draining(ILogger logger, TimeSpan duration);

    [LoggerMessage(4006, LogLevel.Warning, "{Source} holds no certificate that can be used, the last good one stays: {Reason}")]
    public static partial void CertificateUnreadable(ILogger logger, string source, string reason);

    [LoggerMessage(4007, LogLevel.Information, "Traces: {Protocol} {Endpoint}, {SamplingRate} of the requests")]
    public static partial void Tracing(ILogger logger, string protocol, string endpoint, double samplingRate);

    [LoggerMessage(4008, LogLevel.Warning, "Requests are not logged, as the template cannot be read: {Reason}")]
    public static partial void RequestLogUnavailable(ILogger logger, string reason);

    [LoggerMessage(4005, LogLevel.Debug, "Forwarding a request of {Revision} to {Address} failed: {Reason}")]
    public static partial void ForwardingFailed(ILogger logger, ObjectKey revision, string address, string reason);

    [LoggerMessage(4050, LogLevel.Debug, "The first request of {Revision} is here: the autoscaler is told")]
    public static partial void FirstRequest(ILogger logger, ObjectKey revision);

    [LoggerMessage(4051, LogLevel.Debug, "Requests go to the pods {Pods} (Service: {ClusterIp})")]
    public static partial void BackendsChanged(ILogger logger, Backends.JoinedAddresses pods, string? clusterIp);
}
