namespace Knative.Xds.QueueProxy.Draining;

/// <summary>Whether the proxy has been told to end.</summary>
internal sealed class Termination
{
    private readonly TaskCompletionSource _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Requested => _requested.Task;

    public void Request() => _requested.TrySetResult();
}
