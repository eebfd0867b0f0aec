using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Tests.Collecting;

// Rows C1 to C6 of upstream's behaviour tests, and what upstream has no answer to.
public class CollectionTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(56);
    private static readonly Stat TenAndTwenty = new() { PodName = "service-scraper", AverageConcurrentRequests = 10, RequestCount = 20 };

    [Fact]
    public void C1C2_ScrapesOfOneSecond_AreSummedAndAveragedOverSeconds()
    {
        var collection = New();
        for (var scrape = 0; scrape < 3; scrape++)
        {
            collection.Take(new RevisionScrape(TenAndTwenty, null), Start.AddMilliseconds(scrape * 100));
        }

        Assert.Equal((30, 60), (Stable(collection, ScalingMetric.Concurrency, 0), Stable(collection, ScalingMetric.Rps, 0)));
        for (var scrape = 0; scrape < 4; scrape++)
        {
            collection.Take(new RevisionScrape(TenAndTwenty, null), Start.AddMilliseconds(1000 + (scrape * 100)));
        }

        Assert.Equal((35, 70), (Stable(collection, ScalingMetric.Concurrency, 1), Stable(collection, ScalingMetric.Rps, 1)));
    }

    [Fact]
    public void C3_NoData_IsZeroOnlyWhereNothingIsScraped()
    {
        Assert.Equal(new MetricAverages(0, 0), New(scraped: false).Averages(ScalingMetric.Concurrency, Start));
        Assert.Null(New().Averages(ScalingMetric.Concurrency, Start));
        Assert.Equal((null, NoMetric.NotCollecting), new CollectionTable((_, _) => null).Averages(default, ScalingMetric.Rps, Start));
    }

    [Fact]
    public void C4_ProxiedRequests_AreNotCountedTwice()
    {
        var collection = New();
        collection.Record(Start.AddSeconds(-70), new Stat { AverageConcurrentRequests = 1000 });

        collection.Record(Start, new Stat { AverageConcurrentRequests = 20, AverageProxiedConcurrentRequests = 10 });

        Assert.Equal(10, Stable(collection, ScalingMetric.Concurrency, 0));
    }

    [Fact]
    public void C5_Outcome_IsToldWhenItChanges()
    {
        var collection = New();
        var failed = new RevisionScrape(null, ScrapeProblem.PodsExhausted);

        Assert.Equal((true, false, true, false), (collection.Take(failed, Start), collection.Take(failed, Start), collection.Take(default, Start), collection.Take(default, Start)));
    }

    [Fact]
    public void C6_TwoWindows_AverageTheirOwnSeconds()
    {
        var collection = New(stable: 6, panic: 2);
        for (var second = 0; second < 10; second++)
        {
            collection.Record(Start.AddSeconds(second), new Stat { AverageConcurrentRequests = second + 5 });
        }

        Assert.Equal(new MetricAverages(11.5, 13.5), collection.Averages(ScalingMetric.Concurrency, Start.AddSeconds(9)));
    }

    [Fact]
    public void ForgetFuture_ClockSetBackByAnHour_TakesNewDataAtOnce()
    {
        var collection = New();
        collection.Record(Start, new Stat { AverageConcurrentRequests = 500 });
        var now = Start.AddHours(-1);

        Assert.Equal(TimeSpan.FromHours(1), collection.ForgetFuture(now));

        Assert.Null(collection.Averages(ScalingMetric.Concurrency, now));
        collection.Record(now, new Stat { AverageConcurrentRequests = 7 });
        Assert.Equal(new MetricAverages(7, 7), collection.Averages(ScalingMetric.Concurrency, now));
        Assert.Null(collection.ForgetFuture(now));
    }

    [Fact]
    public void ForgetFuture_ClockCorrectedByASecond_KeepsTheData()
    {
        var collection = New();
        collection.Record(Start, new Stat { AverageConcurrentRequests = 500 });

        Assert.Null(collection.ForgetFuture(Start.AddSeconds(-1)));

        Assert.Equal(500, Stable(collection, ScalingMetric.Concurrency, -1));
    }

    [Fact]
    public void IsLaggard_AfterAScrapeThatFailedOrWasSlow_UntilOneIsNot()
    {
        var collection = New();
        Assert.False(collection.IsLaggard);

        collection.Took(TimeSpan.FromSeconds(2.9));
        Assert.True(collection.IsLaggard);
        collection.Took(TimeSpan.FromSeconds(1));
        Assert.False(collection.IsLaggard);

        collection.Take(new RevisionScrape(null, ScrapeProblem.PodsExhausted), Start);
        Assert.True(collection.IsLaggard);
    }

    private static double Stable(Collection collection, ScalingMetric metric, double at) => collection.Averages(metric, Start.AddSeconds(at))!.Value.Stable;

    private static Collection New(bool scraped = true, int stable = 60, int panic = 6) => new(
        new CollectionSpec(WindowAlgorithm.Linear, GoDuration.FromSeconds(stable), GoDuration.FromSeconds(panic), scraped ? "svc" : ""),
        scraped ? new RevisionScraper(default, new FakeStatSource([])) : null);
}
