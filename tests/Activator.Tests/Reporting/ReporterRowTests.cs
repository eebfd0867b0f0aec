using Knative.Xds.Activation.Reporting;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Activator.Tests.Reporting;

/// <summary>Upstream's rows on what the autoscaler is told.</summary>
public sealed class ReporterRowTests
{
    private const long Second = 1_000_000_000;
    private static readonly ObjectKey Revision = new("ns", "rev");
    private readonly ConcurrencyReporter _reporter = new("activator-0");

    [Fact]
    public void H1_TwoRequestsAfterEachOther_AreReportedAtOnceThenWithTheTick()
    {
        _reporter.Enter(Revision, 0, out var first).Leave(1);
        _reporter.Enter(Revision, 1, out var second).Leave(2);

        Assert.Equal(Stat(1, 1), first);
        Assert.Null(second);
        Assert.Equal(Stat(0, 1), Assert.Single(_reporter.Report(Second)));
    }

    [Fact]
    public void H2_TwoRequestsForTheWholePeriod_AreTheAverage()
    {
        _reporter.Enter(Revision, 0, out var first);
        _reporter.Enter(Revision, 0, out _);

        Assert.Equal(Stat(1, 1), first);
        Assert.Equal(Stat(1, 1), Assert.Single(_reporter.Report(Second)));
        Assert.Equal(Stat(2, 0), Assert.Single(_reporter.Report(2 * Second)));
    }

    [Fact]
    public void H3_RevisionGoesIdle_IsForgottenAndPokedAnew()
    {
        _reporter.Enter(Revision, 0, out var first).Leave(Second / 2);
        Assert.Equal(Stat(1, 1), first);

        Assert.Equal(Stat(0, 0), Assert.Single(_reporter.Report(Second)));
        Assert.Equal(Stat(0, 0), Assert.Single(_reporter.Report(2 * Second)));
        Assert.Equal(0, _reporter.Count);
        _reporter.Enter(Revision, 2 * Second, out var again);

        Assert.Equal(Stat(1, 1), again);
    }

    [Fact]
    public void H4_OneOfTwoRequestsEndsHalfway_IsHalfARequest()
    {
        _reporter.Enter(Revision, 0, out _);
        _reporter.Enter(Revision, 0, out _).Leave(Second / 2);

        Assert.Equal(Stat(0.5, 1), Assert.Single(_reporter.Report(Second)));
    }

    private static StatMessage Stat(double average, double count) =>
        new(Revision, new Stat { PodName = "activator-0", AverageConcurrentRequests = average, RequestCount = count });
}
