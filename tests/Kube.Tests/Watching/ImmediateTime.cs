namespace Knative.Xds.Kube.Tests.Watching;

/// <summary>A clock on which short waits are over at once; long ones (deadlines) never fire.</summary>
internal sealed class ImmediateTime : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime > TimeSpan.FromMinutes(1) ? dueTime : TimeSpan.Zero, period);
}
