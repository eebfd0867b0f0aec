using Knative.Xds.Autoscaler.Explaining;
using Knative.Xds.Cli.Scale;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Cli.Tests.Scale;

public sealed class ViewTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(56);

    [Fact]
    public void Explain_Report_ShowsInputsRuleAndTimeLeft()
    {
        var text = PlainText.Of(console => ExplainView.Write(console, Report(), last: 1));

        Assert.Contains("Revision   default/hello, decided by a_10.0.0.1 (autoscaler-bucket-00-of-01)\n", text, StringComparison.Ordinal);
        Assert.Contains("Now        1 replicas set; 1 ready, 0 not ready (0 pending, 0 terminating)\n", text, StringComparison.Ordinal);
        Assert.Contains("Data       newest 1 s old; the last scrape failed: pods exhausted\n", text, StringComparison.Ordinal);
        Assert.Contains("Target     7 concurrency per pod, of 10; windows 60 s and 6 s; panic at 2 times the ready pods\n", text, StringComparison.Ordinal);
        Assert.Contains("│ 2 s (3 times) │ 0    │ StableAverage │ average 0 / target 7 = 0 │ 1     │ 0       │ 0     │       │ -201   │\n", text, StringComparison.Ordinal);
        Assert.Contains("│ 12 s │ 0      │ no  │ GracePeriod │ the grace period │\n", text, StringComparison.Ordinal);
        Assert.EndsWith("Next in 18 s: GracePeriod is looked at again\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("PanicFloor", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Status_Report_ShowsBucketsReplicasAndTicks()
    {
        var report = new SystemReport
        {
            Now = Now,
            Replica = "a_10.0.0.1",
            LeaseDuration = 8,
            Revisions = 3,
            Buckets =
            [
                new SystemReport.BucketReport { Name = "autoscaler-bucket-00-of-02", Owner = "a_10.0.0.1", Owned = true, Revisions = 3 },
                new SystemReport.BucketReport { Name = "autoscaler-bucket-01-of-02", Owner = "b_10.0.0.2", Revisions = 4 },
            ],
            Ticks = new SystemReport.TickReport { Count = 7, IntervalMs = 2000, LatenessMs = [1, 9.5, 2] },
        };

        var text = PlainText.Of(console => StatusView.Write(console, report));

        Assert.StartsWith("a_10.0.0.1 decides 3 revisions; leases of 8 s\n", text, StringComparison.Ordinal);
        Assert.Contains("│ autoscaler-bucket-00-of-02 │ a_10.0.0.1 (this one) │ 3         │\n", text, StringComparison.Ordinal);
        Assert.Contains("│ autoscaler-bucket-01-of-02 │ b_10.0.0.2            │ 4         │\n", text, StringComparison.Ordinal);
        Assert.Contains("2 replica(s) known: a_10.0.0.1, b_10.0.0.2\n", text, StringComparison.Ordinal);
        Assert.EndsWith("Ticks of 2000 ms: 7; the last 3 were done 2 ms (median), 9.5 ms (most) after they were due\n", text, StringComparison.Ordinal);
    }

    private static ScaleReport Report() => new()
    {
        Revision = "default/hello",
        Now = Now,
        Replica = "a_10.0.0.1",
        Bucket = "autoscaler-bucket-00-of-01",
        Current = new ScaleReport.ScaleState { Replicas = 1, Ready = 1, Active = "False (NoTraffic)", Mode = "Proxy", NewestData = Now.AddSeconds(-1), ScrapeProblem = "pods exhausted" },
        Settings = new ScaleReport.ScaleSettings { Metric = "concurrency", Target = 7, Total = 10, StableWindow = 60, PanicWindow = 6, PanicThreshold = 2, Reachable = true },
        Decisions =
        [
            new DecisionReport
            {
                First = Now.AddSeconds(-6), Last = Now.AddSeconds(-2), Times = 3, Valid = true, Rule = ScaleRule.StableAverage, Why = "average 0 / target 7 = 0",
                ReadyPods = 1, ExcessBurstCapacity = -201, Path = "",
            },
            new DecisionReport { First = Now.AddSeconds(-8), Last = Now.AddSeconds(-8), Times = 1, Valid = true, Rule = ScaleRule.PanicFloor, Why = "", Path = "" },
        ],
        Plans =
        [
            new PlanReport { First = Now.AddSeconds(-12), Last = Now.AddSeconds(-12), Times = 1, Rule = ScalePlanRule.GracePeriod, Why = "the grace period", Due = Now.AddSeconds(18) },
        ],
    };
}
