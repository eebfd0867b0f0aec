using k8s.Models;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>Derives a pod's status from its containers' states.</summary>
/// <remarks>Source: kubernetes pkg/kubelet/kubelet_pods.go (getPhase) and pkg/kubelet/status/generate.go (conditions and their wording).</remarks>
internal static class PodStatusBuilder
{
    /// <summary>Builds the status. Transition times of conditions that did not change are taken from <paramref name="previous"/>.</summary>
    public static V1PodStatus Build(PodIdentity pod, IReadOnlyList<ContainerSnapshot> init, IReadOnlyList<ContainerSnapshot> containers, DateTime startTime, V1PodStatus? previous, DateTime now)
    {
        var spec = pod.Pod.Spec;
        var phase = Phase(spec, init, containers);
        var finished = phase is "Succeeded" or "Failed";
        var initialized = init.All(container => container.State.Terminated?.ExitCode == 0);
        var conditions = new List<V1PodCondition>
        {
            New("PodScheduled", true),
            initialized ? New("Initialized", true, finished && phase == "Succeeded" ? "PodCompleted" : null) : New("Initialized", false, "ContainersNotInitialized",
                "containers with incomplete status: [" + Names(spec.InitContainers, init, container => container.State.Terminated?.ExitCode == 0) + "]"),
        };
        conditions.AddRange(Readiness(spec, containers, phase));
        return new V1PodStatus
        {
            Phase = phase,
            Conditions = [.. conditions.Select(condition => WithTransition(condition, previous, now))],
            HostIP = pod.HostIP,
            HostIPs = [new V1HostIP { Ip = pod.HostIP }],
            PodIP = pod.PodIP,
            PodIPs = [new V1PodIP { Ip = pod.PodIP }],
            StartTime = startTime,
            QosClass = previous?.QosClass,
            InitContainerStatuses = init.Count == 0 ? null : [.. init.Select((snapshot, index) => Status(spec.InitContainers[index], snapshot, snapshot.State.Terminated?.ExitCode == 0))],
            ContainerStatuses = [.. containers.Select((snapshot, index) => Status(spec.Containers[index], snapshot, snapshot.Ready))],
        };
    }

    private static string Phase(V1PodSpec spec, IReadOnlyList<ContainerSnapshot> init, IReadOnlyList<ContainerSnapshot> containers)
    {
        if (init.Any(container => container.IsDone && container.State.Terminated?.ExitCode is not (null or 0)))
        {
            return "Failed";
        }

        if (init.Any(container => container.State.Terminated?.ExitCode != 0)
            || containers.Any(container => container.State.Waiting is not null && container.LastState is null))
        {
            return "Pending";
        }

        if (containers.Any(container => container.State.Running is not null) || !containers.All(container => container.IsDone))
        {
            return "Running";
        }

        return containers.All(container => container.State.Terminated?.ExitCode == 0) ? "Succeeded" : "Failed";
    }

    private static IEnumerable<V1PodCondition> Readiness(V1PodSpec spec, IReadOnlyList<ContainerSnapshot> containers, string phase)
    {
        if (phase is "Succeeded" or "Failed")
        {
            var reason = phase == "Succeeded" ? "PodCompleted" : "PodFailed";
            return [New("ContainersReady", false, reason), New("Ready", false, reason)];
        }

        if (containers.All(container => container.Ready))
        {
            return [New("ContainersReady", true), New("Ready", true)];
        }

        var message = "containers with unready status: [" + Names(spec.Containers, containers, container => container.Ready) + "]";
        return [New("ContainersReady", false, "ContainersNotReady", message), New("Ready", false, "ContainersNotReady", message)];
    }

    private static string Names(IList<V1Container> specs, IReadOnlyList<ContainerSnapshot> snapshots, Func<ContainerSnapshot, bool> fine) =>
        string.Join(' ', specs.Where((_, index) => !fine(snapshots[index])).Select(container => container.Name));

    private static V1PodCondition New(string type, bool holds, string? reason = null, string? message = null) =>
        new() { Type = type, Status = holds ? "True" : "False", Reason = reason, Message = message };

    private static V1PodCondition WithTransition(V1PodCondition condition, V1PodStatus? previous, DateTime now)
    {
        var old = previous?.Conditions?.FirstOrDefault(candidate => candidate.Type == condition.Type);
        condition.LastTransitionTime = old?.Status == condition.Status && old.LastTransitionTime is { } since ? since : now;
        return condition;
    }

    private static V1ContainerStatus Status(V1Container container, ContainerSnapshot snapshot, bool ready) => new()
    {
        Name = container.Name,
        Image = container.Image ?? "",
        ImageID = "",
        ContainerID = snapshot.ContainerId,
        State = snapshot.State,
        LastState = snapshot.LastState ?? new V1ContainerState(),
        RestartCount = snapshot.RestartCount,
        Ready = ready,
        Started = snapshot.Started,
    };
}
