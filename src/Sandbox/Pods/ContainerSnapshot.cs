using k8s.Models;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>What a container's runner knows about it at one moment.</summary>
internal sealed record ContainerSnapshot
{
    /// <summary>Current state: waiting, running or terminated.</summary>
    public required V1ContainerState State { get; init; }
    /// <summary>State before the last restart; null when it never restarted.</summary>
    public V1ContainerState? LastState { get; init; }
    /// <summary>Restarts so far.</summary>
    public int RestartCount { get; init; }
    /// <summary>The startup probe has succeeded, or there is none.</summary>
    public bool Started { get; init; }
    /// <summary>The readiness probe says so, or there is none and it has started.</summary>
    public bool Ready { get; init; }
    /// <summary>Id of the current or last run.</summary>
    public string? ContainerId { get; init; }
    /// <summary>It will not run again.</summary>
    public bool IsDone { get; init; }

    /// <summary>A container that waits.</summary>
    public static ContainerSnapshot Waiting(string reason, string? message = null) =>
        new() { State = new V1ContainerState { Waiting = new V1ContainerStateWaiting { Reason = reason, Message = message } } };
}
