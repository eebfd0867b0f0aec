using System.Globalization;
using k8s.Models;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Autoscaler.Measuring;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Stats;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Tests.Measuring;

/// <summary>What dashboards and alerts ask for by name, read from a running autoscaler. Source: knative/serving pkg/autoscaler/scaling/metrics.go, pkg/reconciler/autoscaling/kpa/metrics.go, and branch release-1.18 of them.</summary>
public class MetricNamesTests
{
    private const string BurstCapacity = "autoscaling.knative.dev/target-burst-capacity";
    private const string Scope = "otel_scope_name=\"knative.dev/serving/pkg/autoscaler\"";
    private static readonly string[] Common =
    [
        "kn_revision_pods_desired", "kn_revision_pods_requested", "kn_revision_pods_count", "kn_revision_pods_not_ready_count", "kn_revision_pods_pending_count",
        "kn_revision_pods_terminating_count", "kn_revision_capacity_excess", "kn_revision_panic_mode",
    ];

    private static readonly string[] OldCommon =
    [
        "autoscaler_desired_pods", "autoscaler_requested_pods", "autoscaler_actual_pods", "autoscaler_not_ready_pods", "autoscaler_pending_pods",
        "autoscaler_terminating_pods", "autoscaler_excess_burst_capacity", "autoscaler_panic_mode",
    ];

    private static readonly string[] Concurrency = ["kn_revision_concurrency_stable", "kn_revision_concurrency_panic", "kn_revision_concurrency_target"];
    private static readonly string[] OldConcurrency = ["autoscaler_stable_request_concurrency", "autoscaler_panic_request_concurrency", "autoscaler_target_concurrency_per_pod"];
    private static readonly string[] Rps = ["kn_revision_rps_stable_per_second", "kn_revision_rps_panic_per_second", "kn_revision_rps_target_per_second"];
    private static readonly string[] OldRps = ["autoscaler_stable_requests_per_second", "autoscaler_panic_requests_per_second", "autoscaler_target_requests_per_second"];

    [Fact]
    public async Task Metrics_OfRevisions_HaveUpstreamsNamesAndLabelsOfBothGenerations()
    {
        const string Pod = "127.9.70.1";
        await using var path = await FakeDataPath.StartAsync(Pod);
        path.Concurrency = 30;
        await using var harness = await AutoscalerHarness.StartAsync();
        await harness.CreateRevisionAsync("busy");
        await harness.CreateRevisionAsync("counted", ("autoscaling.knative.dev/metric", "rps"));
        await harness.CreateReadyPodAsync("busy", "busy-1", Pod);
        await harness.CreateReadyPodAsync("counted", "counted-1", Pod);
        string[] busy = [.. Of("busy", [.. Common, .. Concurrency]), .. OldOf("busy", [.. OldCommon, .. OldConcurrency])];
        string[] counted = [.. Of("counted", [.. Common, .. Rps]), .. OldOf("counted", [.. OldCommon, .. OldRps])];
        IReadOnlyDictionary<string, double> metrics = new Dictionary<string, double>();
        await harness.UntilAsync(
            async () =>
            {
                metrics = await ReadAsync(harness);
                return busy.Concat(counted).All(metrics.ContainsKey) && metrics[busy[2]] == 1;
            },
            "every series of both revisions");

        Assert.Equal(busy.Order(StringComparer.Ordinal), SeriesOf(metrics, "busy"));
        Assert.Equal(counted.Order(StringComparer.Ordinal), SeriesOf(metrics, "counted"));
        Assert.Equal((1, 0, 70, 140), (metrics[Name(Common[2], "busy")], metrics[Name(Common[7], "busy")], metrics[Name(Concurrency[2], "busy")], metrics[Name(Rps[2], "counted")]));
        Assert.True(metrics[$"kn_autoscaler_scrape_duration_seconds_count{{{Scope}}}"] > 0);
        Assert.Equal(metrics[$"kn_autoscaler_scrape_duration_seconds_count{{{Scope}}}"], metrics[$"kn_autoscaler_scrape_duration_seconds_bucket{{{Scope},le=\"+Inf\"}}"]);
        Assert.Equal(metrics[$"kn_autoscaler_scrape_duration_seconds_count{{{Scope}}}"], metrics["autoscaler_scrape_time_count"]);

        await harness.DeleteAsync<PodAutoscaler>("busy");
        await harness.UntilAsync(async () => !SeriesOf(await ReadAsync(harness), "busy").Any(name => name.Contains("kn_service_name", StringComparison.Ordinal)), "the end of its series");
        Assert.NotEmpty(SeriesOf(await ReadAsync(harness), "counted"));

        await harness.Client.PatchAsync<PodAutoscaler>(
            new ObjectKey("default", "counted"), new V1Patch("""{"metadata":{"annotations":{"autoscaling.knative.dev/metric":"concurrency"}}}""", V1Patch.PatchType.MergePatch), null, TestContext.Current.CancellationToken);
        string[] instead = [.. Of("counted", [.. Common, .. Concurrency]), .. OldOf("counted", [.. OldCommon, .. OldConcurrency])];
        await harness.UntilAsync(async () => SeriesOf(await ReadAsync(harness), "counted").SequenceEqual(instead.Order(StringComparer.Ordinal)), "the series of the other metric alone");
    }

    [Fact]
    public async Task Metrics_OfOurs_CountColdStartsLatencyFailuresAndAges()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        await harness.CreateRevisionAsync("cold", (BurstCapacity, "-1"));
        await harness.CreateRevisionAsync("deaf");
        await harness.CreateReadyPodAsync("deaf", "deaf-1", "127.9.70.2");
        await UntilAsync(harness, metrics => metrics.GetValueOrDefault(Name("kn_revision_pods_desired", "cold"), -1) == 0);

        await harness.PushAsync("cold", 5);
        await UntilAsync(harness, metrics => metrics.GetValueOrDefault("kxds_autoscaler_decision_latency_seconds_count{trigger=\"stat\"}") == 1);
        await harness.CreateReadyPodAsync("cold", "cold-1", "127.9.70.3");
        await UntilAsync(harness, metrics => metrics.GetValueOrDefault("kxds_autoscaler_cold_start_seconds_count") == 1);
        await UntilAsync(harness, metrics => metrics.GetValueOrDefault("kxds_autoscaler_scrape_failures_total{reason=\"CollectionFailed\"}") > 0);

        var metrics = await ReadAsync(harness);
        Assert.Contains("kxds_autoscaler_newest_data_age_seconds{k8s_namespace_name=\"default\",kn_revision_name=\"cold\"}", metrics.Keys);
        Assert.True(metrics["kxds_autoscaler_decision_latency_seconds_count{trigger=\"tick\"}"] > 0);
        Assert.Equal(1, metrics["kxds_autoscaler_stats_received_total{outcome=\"recorded\"}"]);
    }

    [Fact]
    public async Task NewestDataAge_OfMoreRevisionsThanTheLimit_IsPublishedOfTheOldest()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        var collections = harness.Get<CollectionTable>();
        var count = NewestDataReport.Limit + 5;
        var now = harness.Time.GetUtcNow();
        for (var i = 0; i < count; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"r{i:000}");
            collections.CreateOrUpdate(new ObjectKey("default", name), new CollectionSpec(WindowAlgorithm.Linear, GoDuration.FromSeconds(60), GoDuration.FromSeconds(6), ""), now);
            collections.Record(new ObjectKey("default", name), now.AddSeconds(-i), new Stat { AverageConcurrentRequests = 1 });
            await harness.CreateReadyPodAsync(name, name + "-1", "127.9.70.4");
        }

        const string Age = "kxds_autoscaler_newest_data_age_seconds{";
        IReadOnlyDictionary<string, double> metrics = new Dictionary<string, double>();
        await Testing.Eventually.TrueAsync(
            async () =>
            {
                metrics = await ReadAsync(harness);
                return metrics.Keys.Count(name => name.StartsWith(Age, StringComparison.Ordinal)) == NewestDataReport.Limit
                    && metrics.Keys.Any(name => name.StartsWith(Age, StringComparison.Ordinal) && name.Contains("r104", StringComparison.Ordinal))
                    && !metrics.Keys.Any(name => name.StartsWith(Age, StringComparison.Ordinal) && name.Contains("r004", StringComparison.Ordinal));
            },
            TimeSpan.FromSeconds(60));

        Assert.Equal(44, metrics["kxds_autoscaler_silent_revisions"]);
    }

    private static IEnumerable<string> Of(string revision, IEnumerable<string> names) => names.Select(name => Name(name, revision));

    private static string Name(string name, string revision) =>
        $"{name}{{k8s_namespace_name=\"default\",kn_service_name=\"{revision}-s\",kn_configuration_name=\"c\",kn_revision_name=\"{revision}\",{Scope}}}";

    private static IEnumerable<string> OldOf(string revision, IEnumerable<string> names) =>
        names.Select(name => $"{name}{{namespace_name=\"default\",service_name=\"{revision}-s\",configuration_name=\"c\",revision_name=\"{revision}\"}}");

    private static IEnumerable<string> SeriesOf(IReadOnlyDictionary<string, double> metrics, string revision) => metrics.Keys
        .Where(name => name.Contains($"revision_name=\"{revision}\"", StringComparison.Ordinal) && !name.StartsWith("kxds_", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal);

    private static Task UntilAsync(AutoscalerHarness harness, Func<IReadOnlyDictionary<string, double>, bool> condition) =>
        harness.UntilAsync(async () => condition(await ReadAsync(harness)), "the metric");

    // Series with their values.
    private static async Task<IReadOnlyDictionary<string, double>> ReadAsync(AutoscalerHarness harness) => (await harness.MetricsAsync())
        .Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => line[0] != '#')
        .ToDictionary(line => line[..line.LastIndexOf(' ')], line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
}
