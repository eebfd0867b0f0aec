namespace Knative.Xds.Sandbox.Api.Storage;

/// <summary>Wakes everyone who waits. Take <see cref="Next"/> before looking at the state: a change after that completes it.</summary>
internal sealed class Pulse
{
    private TaskCompletionSource _source = Fresh();

    public Task Next => Volatile.Read(ref _source).Task;

    public void Fire() => Interlocked.Exchange(ref _source, Fresh()).TrySetResult();

    private static TaskCompletionSource Fresh() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
