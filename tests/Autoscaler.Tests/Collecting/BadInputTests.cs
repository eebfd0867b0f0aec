using System.Net.WebSockets;
using k8s.Models;
using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Tests.Collecting;

public class BadInputTests
{
    private static readonly (string, string) AlwaysProxy = ("autoscaling.knative.dev/target-burst-capacity", "-1");
    private static readonly (string, string)[] ShortWindows = [("stable-window", "6s"), ("scale-to-zero-grace-period", "1s")];

    [Theory]
    [InlineData(BadAnswer.Garbage)]
    [InlineData(BadAnswer.Endless)]
    [InlineData(BadAnswer.Silence)]
    public async Task QueueProxy_ThatAnswersBadly_IsReportedAndCostsNobodyElse(BadAnswer answer)
    {
        var (good, bad) = ($"127.9.{10 + (int)answer}.1", $"127.9.{10 + (int)answer}.2");
        await using var path = await FakeDataPath.StartAsync(good);
        await using var broken = await FakeDataPath.StartAsync(bad);
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        path.Concurrency = 140;
        broken.Bad = answer;
        await harness.CreateRevisionAsync("bad");
        await harness.CreateReadyPodAsync("bad", "bad-1", bad);
        await harness.CreateRevisionAsync("good");
        await harness.CreateReadyPodAsync("good", "good-1", good);

        await harness.UntilReplicasAsync("good", 2);

        await harness.UntilAsync(
            async () => (await harness.FindAsync<Metric>("bad"))?.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "False", Reason: "CollectionFailed" }) == true,
            "CollectionFailed");
        Assert.Equal(1, (await harness.FindAsync<V1Deployment>("bad-deployment"))!.Spec.Replicas);
        Assert.Contains("kxds_autoscaler_scrape_failures_total{reason=\"CollectionFailed\"}", await harness.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Annotations_ThatAdmissionWouldRefuse_AreReportedAndCountAsAbsent()
    {
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);

        await harness.CreateRevisionAsync("odd", AlwaysProxy, ("autoscaling.knative.dev/target", "NaN"), ("autoscaling.knative.dev/window", "a while"), ("autoscaling.knative.dev/min-scale", "2"), ("autoscaling.knative.dev/max-scale", "-5"), ("serving.knative.dev/progress-deadline", "-1h"));
        await harness.CreateRevisionAsync("fine", AlwaysProxy, ("autoscaling.knative.dev/min-scale", "3"));

        await harness.UntilReplicasAsync("odd", 2);
        await harness.UntilReplicasAsync("fine", 3);
        await harness.UntilAsync(async () => await harness.HasEventAsync("odd", "InvalidAnnotations"), "the Event");
        var line = Assert.Single(harness.Logs.GetSnapshot(), entry => entry.Id.Id == 3013).Message;
        Assert.Contains("default/odd", line, StringComparison.Ordinal);
        Assert.Contains("invalid value: a while: autoscaling.knative.dev/window", line, StringComparison.Ordinal);
        Assert.Contains("invalid value: NaN: autoscaling.knative.dev/target", line, StringComparison.Ordinal);
        Assert.Contains("expected 0 <= -5 <= 2147483647: autoscaling.knative.dev/max-scale", line, StringComparison.Ordinal);
        Assert.Contains("invalid value: -1h: serving.knative.dev/progress-deadline", line, StringComparison.Ordinal);
        Assert.Contains("kxds_autoscaler_invalid_revisions 1", await harness.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ConfigMap_BadValue_IsSaidInMetricAndEventToo()
    {
        await using var harness = await AutoscalerHarness.StartAsync(("max-scale-up-rate", "1"));

        await harness.UntilAsync(async () => await harness.HasEventAsync("config-autoscaler", "InvalidConfiguration", "knative-serving"), "the Event");

        Assert.Contains("kxds_autoscaler_config_valid{config_map=\"config-autoscaler\"} 0", await harness.MetricsAsync(), StringComparison.Ordinal);
    }

    // Both keys of the deadline are read, the older first, and one that cannot be read refuses the map.
    [Theory]
    [InlineData("5m", null, 300, null)]
    [InlineData(null, "2m", 120, null)]
    [InlineData("5m", "2m", 300, null)]
    [InlineData("5m", "-2m", 300, null)]
    [InlineData("soon", null, 600, "data[progress-deadline]")]
    [InlineData("5m", "soon", 600, "data[progressDeadline]")]
    [InlineData("0s", null, 600, "data[progress-deadline]")]
    [InlineData("1.5s", null, 600, "data[progress-deadline]")]
    [InlineData(null, "-2m", 600, "data[progressDeadline]")]
    public async Task ProgressDeadline_IsReadAsUpstreamReadsIt(string? text, string? older, int seconds, string? refused)
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        var data = new Dictionary<string, string> { ["progress-deadline"] = text!, ["progressDeadline"] = older! };
        await harness.Client.CreateAsync(
            new V1ConfigMap
            {
                Metadata = new V1ObjectMeta { Name = "config-deployment", NamespaceProperty = "knative-serving" },
                Data = data.Where(entry => entry.Value is not null).ToDictionary(),
            },
            TestContext.Current.CancellationToken);

        var valid = $"kxds_autoscaler_config_valid{{config_map=\"config-deployment\"}} {(refused is null ? 1 : 0)}\n";
        await harness.UntilAsync(async () => (await harness.MetricsAsync()).Contains(valid, StringComparison.Ordinal), valid);
        Assert.Equal(seconds, harness.Get<LiveSettings>().ProgressDeadline.Seconds);
        bool IsRefused() => harness.Logs.GetSnapshot().Any(entry => entry.Id.Id == 3001 && entry.Message.Contains(refused ?? "data", StringComparison.Ordinal));
        await harness.UntilAsync(() => Task.FromResult(refused is null || IsRefused()), "the line");
        Assert.Equal(refused is not null, IsRefused());
    }

    [Fact]
    public async Task MeshAddressability_ThatIsNeitherTrueNorFalse_KeepsTheLastGoodOneAndIsSaid()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        var settings = harness.Get<LiveSettings>();
        await ApplyAsync("true");
        await harness.UntilAsync(() => Task.FromResult(settings.Mesh.Passthrough), "the good value");

        await ApplyAsync("perhaps");

        const string Invalid = "kxds_autoscaler_config_valid{config_map=\"config-network\"} 0\n";
        await harness.UntilAsync(async () => (await harness.MetricsAsync()).Contains(Invalid, StringComparison.Ordinal), Invalid);
        Assert.True(settings.Mesh.Passthrough);

        Task ApplyAsync(string value) => harness.Client.ApplyAsync(
            new V1ConfigMap
            {
                ApiVersion = "v1",
                Kind = "ConfigMap",
                Metadata = new V1ObjectMeta { Name = "config-network", NamespaceProperty = "knative-serving" },
                Data = new Dictionary<string, string> { ["enable-mesh-pod-addressability"] = value },
            },
            TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Stats_ImpossibleAheadOrUnknown_AreCountedAndHarmNobody()
    {
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        await harness.CreateRevisionAsync("hello", AlwaysProxy);
        await harness.CreateReadyPodAsync("hello", "hello-1", "127.9.14.1");
        await harness.UntilReplicasAsync("hello", 0);
        var key = new ObjectKey("default", "hello");
        StatMessage[] batch =
        [
            new(key, new Stat { AverageConcurrentRequests = double.NaN }),
            new(new ObjectKey("default", "nobody"), new Stat { AverageConcurrentRequests = 1 }),
            // Of the year 2200: taken as of now.
            new(key, new Stat { AverageConcurrentRequests = 1, Timestamp = 7258118400 }),
        ];
        using var socket = await harness.ConnectAsync();

        await socket.SendAsync(StatCodec.EncodeBatch(batch), WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);

        await harness.UntilReplicasAsync("hello", 1);
        var metrics = await harness.MetricsAsync();
        Assert.Contains("kxds_autoscaler_stats_received_total{outcome=\"implausible\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("kxds_autoscaler_stats_received_total{outcome=\"unknown\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("kxds_autoscaler_stats_received_total{outcome=\"restamped\"} 1", metrics, StringComparison.Ordinal);
        // And once there is no traffic any more, it goes as any other revision does.
        await harness.UntilReplicasAsync("hello", 0);
    }
}
