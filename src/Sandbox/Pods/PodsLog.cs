using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Pods;

internal static partial class PodsLog
{
    [LoggerMessage(6100, LogLevel.Information, "Running the pods of node {Node} on {Network}; logs are served on {Kubelet}")]
    public static partial void RunnerStarted(this ILogger logger, string node, string network, string kubelet);

    [LoggerMessage(6101, LogLevel.Debug, "{Pod} is at {PodIP}")]
    public static partial void PodPlaced(this ILogger logger, string pod, string podIP);

    [LoggerMessage(6102, LogLevel.Warning, "{Pod}: container {Container} cannot start: {Reason}: {Problem}")]
    public static partial void CannotStart(this ILogger logger, string pod, string container, string reason, string problem);

    [LoggerMessage(6103, LogLevel.Information, "{Pod}: container {Container} ended with code {ExitCode}, starts again in {Delay}")]
    public static partial void Restarting(this ILogger logger, string pod, string container, int exitCode, TimeSpan delay);

    [LoggerMessage(6104, LogLevel.Warning, "{Pod}: container {Container}: {Probe} probe failed: {Problem}")]
    public static partial void ProbeFailed(this ILogger logger, string pod, string container, string probe, string problem);

    [LoggerMessage(6105, LogLevel.Warning, "{Pod}: its status could not be written, trying again: {Problem}")]
    public static partial void StatusNotWritten(this ILogger logger, string pod, string problem);

    [LoggerMessage(6106, LogLevel.Warning, "{Pod} could not be bound to this node: {Problem}")]
    public static partial void NotBound(this ILogger logger, string pod, string problem);

    [LoggerMessage(6107, LogLevel.Warning, "The node could not be registered or renewed, trying again: {Problem}")]
    public static partial void NodeNotRenewed(this ILogger logger, string problem);

    [LoggerMessage(6108, LogLevel.Warning, "{Pod}: container {Container}: preStop failed: {Problem}")]
    public static partial void PreStopFailed(this ILogger logger, string pod, string container, string problem);

    [LoggerMessage(6109, LogLevel.Error, "{Pod} cannot be run: {Problem}")]
    public static partial void PodFailed(this ILogger logger, string pod, string problem);
}
