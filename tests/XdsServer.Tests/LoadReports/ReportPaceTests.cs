using Knative.Xds.XdsServer.LoadReports;

namespace Knative.Xds.XdsServer.Tests.LoadReports;

public sealed class ReportPaceTests
{
    [Theory]
    [InlineData(0, 5, 5)]
    [InlineData(3_333, 5, 5)]
    [InlineData(3_334, 5, 10)]
    [InlineData(20_000, 5, 30)]
    [InlineData(20_001, 5, 35)]
    [InlineData(1_000, 60, 60)]
    [InlineData(100_000, 60, 180)]
    public void Interval_GrowsWithTheClusters_InStepsOfTheShortest(int clusters, int shortest, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), ReportPace.Of(clusters, TimeSpan.FromSeconds(shortest)));
}
