using Knative.Xds.QueueProxy.Draining;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>Holds the user containers' preStop hook until the proxy has drained.</summary>
/// <remarks>Source: knative/serving pkg/queue/sharedmain/handlers.go, the admin handler.</remarks>
internal sealed class DrainHandler(Drainer drainer, Termination termination, TimeProvider timeProvider)
{
    public const string Path = "/wait-for-drain";

    private static readonly TimeSpan SignalPatience = TimeSpan.FromSeconds(1);

    public async Task HandleAsync(HttpContext context)
    {
        var drained = drainer.DrainAsync();
        await Task.WhenAny(drained, termination.Requested, Task.Delay(SignalPatience, timeProvider));
        // No SIGTERM of our own: the pod stays, only the user container restarts, and it will be wanted again.
        drainer.ResetUnless(() => termination.Requested.IsCompleted);
        await drained.WaitAsync(context.RequestAborted);
    }
}
