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

        gate.Count(FloodGate.MostPerSecond - 1);
        Assert.Equal(TimeSpan.Zero, gate.Pause());
        gate.Count(1);
        Assert.Equal(TimeSpan.FromMilliseconds(600), gate.Pause());

        time.Advance(TimeSpan.FromMilliseconds(600));
        Assert.Equal(TimeSpan.Zero, gate.Pause());
    }

    [Fact]
    public void Count_TooManyEmptyFrames_WaitsToo()
    {
        var gate = new FloodGate(new FakeTimeProvider());

        var pauses = new List<TimeSpan>();
        for (var frame = 0; frame <= FloodGate.MostFramesPerSecond; frame++)
        {
            pauses.Add(gate.Pause());
            gate.Count(0);
        }

        Assert.Equal(TimeSpan.FromSeconds(1), pauses[^1]);
        Assert.All(pauses[..^1], pause => Assert.Equal(TimeSpan.Zero, pause));
    }

    [Fact]
    public void TryHold_TooManyBytesUnderWay_RefusesUntilSomeAreGivenBack()
    {
        var gate = new FloodGate(new FakeTimeProvider());
        Assert.True(gate.TryHold(FloodGate.MostBytes - 10));

        Assert.Equal((false, true, false), (gate.TryHold(11), gate.TryHold(10), gate.TryHold(1)));

        gate.GiveBack(11);
        Assert.Equal((true, false), (gate.TryHold(11), gate.TryHold(1)));
    }
}
