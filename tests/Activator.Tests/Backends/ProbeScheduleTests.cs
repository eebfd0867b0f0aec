using Knative.Xds.Activation.Backends;

namespace Knative.Xds.Activator.Tests.Backends;

public sealed class ProbeScheduleTests
{
    private static readonly TimeSpan Frequency = TimeSpan.FromMilliseconds(200);

    [Theory]
    [InlineData(false, 1, 1, 200)]
    [InlineData(true, 1, 1, 5)]
    [InlineData(true, 200, 1, 5)]
    [InlineData(true, 250, 1, 10)]
    [InlineData(true, 1, 200, 50)]
    [InlineData(true, 100_000, 1, 200)]
    public void Pause_Situation_HasTheWantedLength(bool waiting, int attempt, int pending, double milliseconds) =>
        Assert.Equal(milliseconds, ProbeSchedule.Pause(Frequency, waiting, attempt, pending).TotalMilliseconds);
}
