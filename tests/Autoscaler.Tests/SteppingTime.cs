using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.Autoscaler.Tests;

/// <summary>A clock that the test moves, and whose time of day can be set back while its timers go on.</summary>
internal sealed class SteppingTime(DateTimeOffset start) : FakeTimeProvider(start)
{
    private long _stepTicks;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - new TimeSpan(Volatile.Read(ref _stepTicks));

    // Of the clock that never is.
    public override long GetTimestamp() => base.GetUtcNow().Ticks;

    public void SetBack(TimeSpan step) => Interlocked.Add(ref _stepTicks, step.Ticks);
}
