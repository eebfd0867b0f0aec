using Knative.Xds.Autoscaler.Deciding;
using Knative.Xds.Autoscaler.Measuring;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Prometheus;

namespace Knative.Xds.Autoscaler.Tests.Deciding;

/// <summary>Windows are emptied when the clock is set back: what is decided from them until they are full again must not cost pods.</summary>
public class ClockStepTests
{
    private static readonly (string, string) AlwaysProxy = ("autoscaling.knative.dev/target-burst-capacity", "-1");
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddYears(56);
    private static readonly DeciderSpec Spec = new()
    {
        TargetValue = 10,
        TotalValue = 14,
        MaxScaleUpRate = 1000,
        MaxScaleDownRate = 2,
        PanicThreshold = 200,
        StableWindow = GoDuration.FromSeconds(60),
        Reachable = true,
        TargetBurstCapacity = -1,
        ActivatorCapacity = 100,
    };

    [Fact]
    public void Decide_AfterTheClockWasSetBack_KeepsTheScaleForAStableWindow()
    {
        var (decider, now) = (NewDecider(), Start.AddHours(-1));
        Assert.Equal(4, Decide(decider, Start, 35));

        decider.ShiftBack(TimeSpan.FromHours(1), now);

        Assert.Equal((4, 4), (Decide(decider, now, 0), Decide(decider, now.AddSeconds(59), 0)));
        Assert.Equal((7, 4), (Decide(decider, now.AddSeconds(59), 65), Decide(decider, now.AddSeconds(59), 0)));
        Assert.Equal(0, Decide(decider, now.AddSeconds(60), 0));
    }

    [Fact]
    public void Decide_DataForgottenBeforeTheTickSeesTheStep_KeepsTheScaleToo()
    {
        var (decider, now) = (NewDecider(), Start.AddHours(-1));
        Assert.Equal(4, Decide(decider, Start, 35));

        decider.Hold(now);
        decider.ShiftBack(TimeSpan.FromHours(1), now.AddSeconds(1));

        Assert.Equal((4, 0), (Decide(decider, now.AddSeconds(60), 0), Decide(decider, now.AddSeconds(61), 0)));
    }

    [Fact]
    public void Decide_AtZeroWhenTheClockWasSetBack_StaysThere()
    {
        var decider = NewDecider();
        Assert.Equal(0, Decide(decider, Start, 0));

        decider.ShiftBack(TimeSpan.FromHours(1), Start.AddHours(-1));

        Assert.Equal(0, Decide(decider, Start.AddHours(-1), 0));
    }

    [Fact]
    public async Task ClockSetBack_BusyRevision_LosesNoPod()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        var key = new ObjectKey("default", "hello");
        await harness.CreateRevisionAsync("hello", AlwaysProxy);
        await harness.CreateReadyPodAsync("hello", "hello-1", "127.9.59.1");
        await harness.UntilActiveAsync("hello", "True", null);
        await harness.PushAsync("hello", 50);
        RevisionDecider? Decider() => harness.Get<DeciderTable>().Find(key);
        await harness.UntilAsync(() => Task.FromResult(Decider()?.Last is { Valid: true, Desired: 1 }), "a pod");

        harness.Time.SetBack(TimeSpan.FromHours(1));
        await harness.UntilAsync(() => Task.FromResult(harness.Logs.GetSnapshot().Any(entry => entry.Id.Id == 3014)), "the line");
        var before = Decider()!.Decisions;
        await harness.UntilAsync(() => Task.FromResult(Decider()!.Decisions >= before + 3), "decisions from nothing");

        Assert.All(Decider()!.History(), record => Assert.Equal(1, record.Decision.Desired));
        Assert.Equal(ScaleRule.HandOver, Decider()!.Last.Rule);
    }

    private static RevisionDecider NewDecider() => new(
        Spec, new RevisionSeries(new RevisionMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()), new AutoscalerOptions()), ["default", "s", "c", "r"]), 1, default, Start);

    private static int Decide(RevisionDecider decider, DateTimeOffset now, double load) =>
        decider.Decide(Spec, new ScaleInput(1, new MetricAverages(load, load)), now, onlyFromZero: false)!.Value.Decision.Desired;
}
