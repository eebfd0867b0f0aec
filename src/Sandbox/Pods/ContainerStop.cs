using k8s.Models;
using Knative.Xds.Sandbox.Processes;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>Stops a container: preStop, SIGTERM, and SIGKILL when its time is up.</summary>
internal sealed class ContainerStop(V1Container container, ContainerTarget target, PodContext context, string podName)
{
    public async Task RunAsync(ChildProcess process, CancellationToken kill)
    {
        await using var timeIsUp = kill.Register(process.Kill);
        if (container.Lifecycle?.PreStop is { } hook && !process.Exited.IsCompleted && !kill.IsCancellationRequested)
        {
            await PreStopAsync(hook, process, kill);
        }

        process.Terminate();
        await process.Exited;
    }

    private async Task PreStopAsync(V1LifecycleHandler hook, ChildProcess process, CancellationToken kill)
    {
        try
        {
            // Bounded by the pod's grace period alone; nothing is left to prepare once the process has ended.
            var action = context.Actions.RunAsync(hook, target, Timeout.InfiniteTimeSpan, kill);
            if (await Task.WhenAny(action, process.Exited) == action && (await action).Problem is { } problem)
            {
                context.Logger.PreStopFailed(podName, container.Name, problem);
            }
        }
        catch (OperationCanceledException) when (kill.IsCancellationRequested)
        {
            context.Logger.PreStopFailed(podName, container.Name, "not done within the grace period");
        }
    }
}
