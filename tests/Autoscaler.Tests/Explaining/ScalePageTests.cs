using System.Net;
using System.Net.Http.Json;
using Knative.Xds.Autoscaler.Explaining;
using Knative.Xds.Autoscaler.Tests.Sharding;
using Knative.Xds.Core.Scaling;

namespace Knative.Xds.Autoscaler.Tests.Explaining;

public class ScalePageTests
{
    private static readonly (string, string) AlwaysProxy = ("autoscaling.knative.dev/target-burst-capacity", "-1");
    private static readonly (string, string)[] ShortWindows = [("stable-window", "6s"), ("scale-to-zero-grace-period", "30s"), ("max-scale", "4"), ("panic-window-percentage", "100")];

    [Fact]
    public async Task Page_OfARevision_SaysWhyItHasItsScale()
    {
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        await harness.CreateRevisionAsync("hello", AlwaysProxy, ("autoscaling.knative.dev/target", "10"));
        await harness.CreateReadyPodAsync("hello", "hello-1", "127.9.50.1");
        await harness.UntilActiveAsync("hello", "True", null);

        await harness.PushAsync("hello", 65);
        await harness.UntilReplicasAsync("hello", 4);

        var report = await ReadAsync(harness, "hello");
        var decision = report.Decisions.Last(candidate => candidate.Desired == 10);
        Assert.Equal((true, 1, true), (decision.Valid, decision.ReadyPods, decision.Panicking));
        Assert.Equal((65, 65), (decision.StableAverage, decision.PanicAverage));
        Assert.Equal("average 65 / target 7 = 10", decision.Why);
        Assert.Equal(ScaleRule.StableAverage, decision.Rule);
        var plan = report.Plans.First(candidate => candidate.Desired == 10);
        Assert.Equal((4, true, ScalePlanRule.MaxScale, "10 was decided, but max-scale is 4"), (plan.Want, plan.Apply, plan.Rule, plan.Why));
        Assert.Equal(("concurrency", 7, 10, 4), (report.Settings.Metric, report.Settings.Target, report.Settings.Total, report.Settings.MaxScale));
        Assert.Equal((1, "Proxy"), (report.Current.Ready, report.Current.Mode));
        Assert.NotNull(report.Current.NewestData);
    }

    [Fact]
    public async Task Page_OfAnIdleRevision_SaysHowLongItStays()
    {
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        await harness.CreateRevisionAsync("hello", AlwaysProxy, ("autoscaling.knative.dev/scale-to-zero-pod-retention-period", "1h"));
        await harness.CreateReadyPodAsync("hello", "hello-1", "127.9.50.2");

        await harness.UntilActiveAsync("hello", "False", "NoTraffic");
        await harness.UntilAsync(async () => (await ReadAsync(harness, "hello")).Plans is [{ Rule: ScalePlanRule.PodRetention }, ..], "the retention period");

        var report = await ReadAsync(harness, "hello");
        var plan = report.Plans[0];
        Assert.Equal((0, false), (plan.Want, plan.Apply));
        Assert.InRange((plan.Due!.Value - report.Now).TotalMinutes, 30, 60);
        Assert.Contains("the pod retention period keeps the last pod for", plan.Why, StringComparison.Ordinal);
        Assert.Equal(ScaleRule.StableAverage, report.Decisions[0].Rule);
    }

    [Fact]
    public async Task Page_OfNoRevision_SaysSo()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        using var http = new HttpClient();
        await harness.UntilAsync(async () => (await http.GetFromJsonAsync<SystemReport>(new Uri(harness.AdminAddress, "debug/scale"), ScaleJson.Options))!.Buckets.Any(bucket => bucket.Owned), "a bucket");

        using var response = await http.GetAsync(new Uri(harness.AdminAddress, "debug/scale/default/none"), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("no PodAutoscaler default/none of class kpa.autoscaling.knative.dev is decided here\n", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Page_OfAnotherReplicasRevision_PointsThere()
    {
        await using var cluster = await ReplicaCluster.StartAsync();
        await using var owner = await cluster.StartReplicaAsync("127.9.51.1");
        await owner.UntilOwnerAsync("hello");
        await using var other = await cluster.StartReplicaAsync("127.9.51.2");
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        HttpResponseMessage? response = null;
        await Testing.Eventually.TrueAsync(
            async () => (response = await http.GetAsync(new Uri(other.Admin, "/debug/scale/default/hello"), TestContext.Current.CancellationToken)).StatusCode == HttpStatusCode.TemporaryRedirect,
            TimeSpan.FromSeconds(60));

        Assert.Equal("http://127.9.51.1:9090/debug/scale/default/hello", response!.Headers.Location!.ToString());
        response.Dispose();
    }

    [Fact]
    public async Task Page_OfTheSystem_NamesReplicasAndOwners()
    {
        await using var cluster = await ReplicaCluster.StartAsync();
        await using var owner = await cluster.StartReplicaAsync("127.9.52.1", buckets: 2);
        await owner.UntilOwnerAsync("hello");
        await using var other = await cluster.StartReplicaAsync("127.9.52.2", buckets: 2);
        await cluster.CreateRevisionAsync("hello", AlwaysProxy);
        using var http = new HttpClient();
        SystemReport? report = null;
        await Testing.Eventually.TrueAsync(
            async () =>
            {
                report = await http.GetFromJsonAsync<SystemReport>(new Uri(other.Admin, "/debug/scale"), ScaleJson.Options, TestContext.Current.CancellationToken);
                return report!.Buckets.Count == 2 && report.Buckets.All(bucket => bucket.Owner.Length > 0) && report.Buckets.Sum(bucket => bucket.Revisions) == 1 && report.Ticks.Count > 0;
            },
            TimeSpan.FromSeconds(60));

        Assert.Equal("autoscaler-127.9.52.2_127.9.52.2", report!.Replica);
        Assert.All(report.Buckets, bucket => Assert.Equal(("autoscaler-127.9.52.1_127.9.52.1", false), (bucket.Owner, bucket.Owned)));
        Assert.Equal((0, 2, 500), (report.Revisions, report.LeaseDuration, report.Ticks.IntervalMs));
    }

    private static async Task<ScaleReport> ReadAsync(AutoscalerHarness harness, string revision)
    {
        using var http = new HttpClient();
        return (await http.GetFromJsonAsync<ScaleReport>(new Uri(harness.AdminAddress, $"debug/scale/default/{revision}"), ScaleJson.Options, TestContext.Current.CancellationToken))!;
    }
}
