namespace Knative.Xds.Sandbox.Pods;

/// <summary>Which lines of a container's log to send, as in PodLogOptions.</summary>
/// <param name="Follow">Go on until the container ends.</param>
/// <param name="Previous">Of the run before the current one.</param>
/// <param name="Timestamps">Put the instant in front of each line.</param>
/// <param name="TailLines">Only so many lines from the end; null means all.</param>
/// <param name="Since">Only lines from this instant on; null means all.</param>
/// <param name="LimitBytes">At most so many bytes; null means all.</param>
internal sealed record LogQuery(bool Follow, bool Previous, bool Timestamps, int? TailLines, DateTimeOffset? Since, long? LimitBytes);
