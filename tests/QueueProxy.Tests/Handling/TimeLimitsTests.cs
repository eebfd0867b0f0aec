using Knative.Xds.Exchanges;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.QueueProxy.Tests.Handling;

public sealed class TimeLimitsTests
{
    [Theory]
    [InlineData(10, 0, 0, 4, null, 6)]
    [InlineData(10, 0, 0, 10, 0, 0)]
    [InlineData(10, 3, 0, 1, null, 2)]
    [InlineData(10, 3, 0, 4, null, 0)]
    [InlineData(10, 3, 0, 4, 1, 6)]
    [InlineData(0, 3, 0, 4, 1, null)]
    [InlineData(100, 0, 5, 4, null, 1)]
    [InlineData(100, 0, 5, 9, 2, 3)]
    [InlineData(100, 0, 5, 9, 5, 0)]
    public void Left_EachLimit_CountsFromItsOwnStart(int overall, int start, int idle, int elapsed, int? sinceWrite, int? expected)
    {
        var policy = new TimeLimits(Seconds(overall), Seconds(start), Seconds(idle));

        var left = policy.Left(Seconds(elapsed), sinceWrite is { } since ? Seconds(since) : null);

        Assert.Equal(expected is { } seconds ? Seconds(seconds) : Timeout.InfiniteTimeSpan, left);
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void ResponseStart_HeadersInTime_AreAStart(bool headers, bool expires)
    {
        var time = new FakeTimeProvider();
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature());
        using var exchange = new TimedExchange(context.Features, new TimeLimits(TimeSpan.Zero, Seconds(5), TimeSpan.Zero), time);
        if (headers)
            exchange.MarkStarted();

        time.Advance(Seconds(5));

        Assert.Equal((expires, expires), (exchange.HasExpired, context.RequestAborted.IsCancellationRequested));
        exchange.End();
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
