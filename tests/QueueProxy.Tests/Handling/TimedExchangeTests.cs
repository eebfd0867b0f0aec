using Knative.Xds.Exchanges;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.QueueProxy.Tests.Handling;

public sealed class TimedExchangeTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    // Whoever gives a transfer up does so from elsewhere, and what a request's handlers tell each other is theirs alone.
    [Fact]
    public void Abort_FromElsewhere_LeavesTheFeaturesAloneAndTheResponseCountsAsBrokenOff()
    {
        var context = new DefaultHttpContext();
        var exchange = New(context.Features, new FakeTimeProvider());
        var revision = context.Features.Revision;

        exchange.Abort();

        Assert.Equal((revision, true), (context.Features.Revision, BrokenOff.Is(context)));
        exchange.End();
        Assert.True(BrokenOff.Is(context));
    }

    private static TimedExchange New(IFeatureCollection features, TimeProvider clock)
    {
        features.Set<IHttpRequestLifetimeFeature>(new HttpRequestLifetimeFeature());
        return new TimedExchange(features, new TimeLimits(Second, TimeSpan.Zero, TimeSpan.Zero), clock);
    }
}
