using System.Globalization;
using k8s.Models;
using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Deciding;
using Knative.Xds.Autoscaler.Sharding;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;
using Knative.Xds.Testing;

namespace Knative.Xds.Autoscaler.Tests.Trajectory;

/// <summary>From no load to 200 concurrent requests at once, with a target of 10 a pod: our whole autoscaler against a simulation of upstream's.</summary>
/// <remarks>The series are kept in docs/load-step.csv, from which bench/Scenarios draws the plot; UPDATE_GOLDEN=1 writes them anew.</remarks>
public class LoadStepTests
{
    private const int StepAt = 5, End = 90, SecondsToStart = 3;
    private const double Load = 200;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly ObjectKey Revision = new("default", "hello");

    [Fact]
    public async Task LoadStep_FromZero_FollowsUpstreamsTrajectory()
    {
        var upstream = Simulate();

        var ours = await DriveAsync();

        var lines = upstream.Zip(ours, (theirs, our) => Text($"{theirs.Second},{(theirs.Second < StepAt ? 0 : Load)},{theirs.Desired},{our.Desired},{our.Ready}"));
        var csv = string.Concat(lines.Prepend("second,load,upstream,ours,ready").Select(line => line + "\n"));
        TestContext.Current.TestOutputHelper!.WriteLine(csv);
        Assert.Equal(upstream, ours);
        Assert.Equal(29, ours[^1].Desired);
        Golden(csv);
    }

    private static List<(int Second, int Desired, int Ready)> Simulate()
    {
        var (autoscaler, pods) = (new UpstreamSimulation(), new PodModel(SecondsToStart));
        var series = new List<(int, int, int)>();
        for (var second = 0; second <= End; second++)
        {
            if (second > StepAt)
            {
                autoscaler.Report(second, ReportAt(second), pods.ReadyAt(second - 1));
            }

            if (second % 2 == 0)
            {
                autoscaler.Decide(second, pods.ReadyAt(second));
            }

            if (second == StepAt)
            {
                autoscaler.Report(second, 1, pods.ReadyAt(second));
            }

            pods.Scale(second, autoscaler.Desired);
            series.Add((second, autoscaler.Desired, pods.ReadyAt(second)));
        }

        return series;
    }

    private static async Task<List<(int Second, int Desired, int Ready)>> DriveAsync()
    {
        await using var harness = await AutoscalerHarness.StartAsync(("allow-zero-initial-scale", "true"));
        await UntilTicksBeginAsync(harness);
        await harness.CreateRevisionAsync(
            "hello", ("autoscaling.knative.dev/target-burst-capacity", "-1"), ("autoscaling.knative.dev/target", "10"), ("autoscaling.knative.dev/initial-scale", "0"));
        await harness.UntilReplicasAsync("hello", 0);
        await harness.UntilAsync(() => Task.FromResult(harness.Get<DeciderTable>().Find(Revision)?.Last is { Valid: true, Desired: 0 }), "the decision for zero");
        var start = AlignToTick(harness);
        var (pods, ready, series) = (new PodModel(SecondsToStart), 0, new List<(int, int, int)>());
        for (var second = 0; second <= End; second++)
        {
            if (second > 0)
            {
                Report(harness, start, second);
                ready = await StartPodsAsync(harness, ready, pods.ReadyAt(second));
                harness.Time.Advance(TimeSpan.FromSeconds(1));
                await UntilTickedAsync(harness, second);
            }

            if (second == StepAt)
            {
                Accept(harness, start, second, 1);
            }

            var desired = harness.Get<DeciderTable>().Find(Revision)!.Last.Desired;
            await UntilScaledAsync(harness, desired);
            pods.Scale(second, desired);
            series.Add((second, desired, ready));
        }

        return series;
    }

    // Ticks are counted from when the caches have synced: until then the clock moves by whole ticks alone, so that they stay on even seconds.
    private static async Task UntilTicksBeginAsync(AutoscalerHarness harness)
    {
        await harness.Get<ClusterCaches>().Synced.WaitAsync(Patience);
        await Eventually.TrueAsync(
            () =>
            {
                harness.Time.Advance(TimeSpan.FromSeconds(2));
                return harness.Get<TickHistory>().Read().Count > 0;
            },
            Patience);
    }

    // Second 0 is a tick that has been decided.
    private static long AlignToTick(AutoscalerHarness harness)
    {
        do
        {
            harness.Time.Advance(TimeSpan.FromMilliseconds(100));
        }
        while (harness.Time.GetUtcNow().ToUnixTimeMilliseconds() % 2000 != 0);
        return harness.Time.GetUtcNow().ToUnixTimeSeconds();
    }

    private static void Report(AutoscalerHarness harness, long start, int second)
    {
        if (second > StepAt)
        {
            Accept(harness, start, second, ReportAt(second));
        }
    }

    // The first request was reported at once, and is not reported again.
    private static double ReportAt(int second) => second == StepAt + 1 ? Load - 1 : Load;

    private static void Accept(AutoscalerHarness harness, long start, int second, double concurrency) => harness.Get<StatRouter>().Accept(
        "127.0.0.1", forwarded: false, new StatMessage(Revision, new Stat { PodName = "activator", AverageConcurrentRequests = concurrency, RequestCount = concurrency, Timestamp = start + second }));

    private static async Task<int> StartPodsAsync(AutoscalerHarness harness, int ready, int wanted)
    {
        for (; ready < wanted; ready++)
        {
            await harness.CreateReadyPodAsync("hello", Text($"hello-{ready}"), Text($"127.9.70.{ready + 1}"));
        }

        await Eventually.TrueAsync(() => harness.Get<ClusterCaches>().PodsByRevision.Of(Revision).Counts.Ready == wanted, Patience);
        return ready;
    }

    private static Task UntilTickedAsync(AutoscalerHarness harness, int second)
    {
        var now = harness.Time.GetUtcNow();
        return second % 2 != 0 ? Task.CompletedTask : Eventually.TrueAsync(() => harness.Get<DeciderTable>().Find(Revision)!.History() is [{ } newest, ..] && newest.Last == now, Patience);
    }

    private static Task UntilScaledAsync(AutoscalerHarness harness, int desired) => Eventually.TrueAsync(
        async () => (await harness.FindAsync<V1Deployment>("hello-deployment"))!.Spec.Replicas == desired, Patience);

    private static void Golden(string csv)
    {
        var file = Path.Combine(Vectors.RepositoryRoot(), "docs", "load-step.csv");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            File.WriteAllText(file, csv);
        }

        Assert.Equal(File.ReadAllText(file), csv);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
