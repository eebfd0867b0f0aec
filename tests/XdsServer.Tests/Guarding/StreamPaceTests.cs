using Knative.Xds.XdsServer.Guarding;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.XdsServer.Tests.Guarding;

public sealed class StreamPaceTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Storm_SomeAtOnce_ThenOneAfterTheOther_AndTheRestIsSentAway()
    {
        var pace = new StreamPace(perSecond: 4, longestWait: TimeSpan.FromSeconds(1), _time);

        var turns = Enumerable.Range(0, 10).Select(_ => pace.TakeTurn()?.TotalSeconds);

        Assert.Equal([0, 0, 0, 0, 0.25, 0.5, 0.75, 1, null, null], turns);
    }

    [Fact]
    public void SentAway_TakesNoTurnFromOthers()
    {
        var pace = new StreamPace(perSecond: 1, longestWait: TimeSpan.Zero, _time);
        Assert.Equal(TimeSpan.Zero, pace.TakeTurn());
        Assert.All(Enumerable.Range(0, 100), _ => Assert.Null(pace.TakeTurn()));

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(TimeSpan.Zero, pace.TakeTurn());
    }

    [Fact]
    public void Calm_NobodyWaits()
    {
        var pace = new StreamPace(perSecond: 2, longestWait: TimeSpan.FromSeconds(1), _time);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(TimeSpan.Zero, pace.TakeTurn());
            _time.Advance(TimeSpan.FromSeconds(0.5));
        }
    }

    [Fact]
    public void NoLimit_NobodyWaits()
    {
        var pace = new StreamPace(perSecond: 0, longestWait: TimeSpan.Zero, _time);

        Assert.All(Enumerable.Range(0, 1000), _ => Assert.Equal(TimeSpan.Zero, pace.TakeTurn()));
    }
}
