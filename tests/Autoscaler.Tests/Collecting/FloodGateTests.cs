using Knative.Xds.Autoscaler.Collecting;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.Autoscaler.Tests.Collecting;

public class FloodGateTests
{
    [Fact]
    public void Count_TooManyStatsInASecond_WaitsForItsEnd()
    {
        var time = new FakeTimeProvider();
        var gate = new FloodGate(time);
        time.Advance(TimeSpan.FromMilliseconds(400));

        Assert.Equal(TimeSpan.Zero, gate.Count(FloodGate.MostPerSecond));
        Assert.Equal(TimeSpan.FromMilliseconds(600), gate.Count(1));

        time.Advance(TimeSpan.FromMilliseconds(600));
        Assert.Equal(TimeSpan.Zero, gate.Count(FloodGate.MostPerSecond));
    }

    [Fact]
    public void Count_TooManyEmptyFrames_WaitsToo()
    {
        var gate = new FloodGate(new FakeTimeProvider());

        var pauses = Enumerable.Range(0, FloodGate.MostFramesPerSecond + 1).Select(_ => gate.Count(0)).ToList();

        Assert.Equal(TimeSpan.FromSeconds(1), pauses[^1]);
        Assert.All(pauses[..^1], pause => Assert.Equal(TimeSpan.Zero, pause));
    }
}
