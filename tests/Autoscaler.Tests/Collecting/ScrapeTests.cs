using k8s.Models;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Tests.Collecting;

public class ScrapeTests
{
    private static readonly (string, string)[] ShortWindows = [("stable-window", "6s"), ("scale-to-zero-grace-period", "1s")];

    [Fact]
    public async Task Revision_WhosePodReportsLoad_IsScaledToItAndThenToZero()
    {
        const string Pod = "127.9.2.1";
        await using var path = await FakeDataPath.StartAsync(Pod);
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        await harness.CreateSliceAsync("knative-serving", "activator-service", Pod, ("http", 8012), ("http2", 8013));
        path.Concurrency = 140;
        await harness.CreateRevisionAsync("hello");
        await harness.CreateReadyPodAsync("hello", "hello-1", Pod);

        // Target 70 of 100: 140 need two pods.
        await harness.UntilReplicasAsync("hello", 2);
        path.Concurrency = 0;
        await harness.UntilReplicasAsync("hello", 0);

        Assert.True(path.Probes > 0);
        await harness.UntilActiveAsync("hello", "False", "NoTraffic");
    }

    // Without a burst capacity the activators are in the path only when a probe must find them there.
    [Fact]
    public async Task Revision_WithoutBurstCapacity_IsServedByItsPodsAndProbedBeforeItGoesToZero()
    {
        const string Pod = "127.9.2.4";
        await using var path = await FakeDataPath.StartAsync(Pod);
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        await harness.CreateSliceAsync("knative-serving", "activator-service", Pod, ("http", 8012), ("http2", 8013));
        path.Concurrency = 140;
        await harness.CreateRevisionAsync("hello", ("autoscaling.knative.dev/target-burst-capacity", "0"));
        await harness.CreateReadyPodAsync("hello", "hello-1", Pod);
        await harness.UntilReplicasAsync("hello", 2);
        await harness.UntilAsync(async () => (await harness.FindAsync<ServerlessService>("hello"))!.Spec.Mode == "Serve", "Serve mode");
        Assert.Equal(0, path.Probes);

        path.Concurrency = 0;
        await harness.UntilReplicasAsync("hello", 0);

        Assert.Equal("Proxy", (await harness.FindAsync<ServerlessService>("hello"))!.Spec.Mode);
        Assert.True(path.Probes > 0);
        await harness.UntilActiveAsync("hello", "False", "NoTraffic");
    }

    [Fact]
    public async Task Revision_WhoseServiceDoesNotLeadToActivators_KeepsItsPod()
    {
        const string Pod = "127.9.2.2";
        await using var path = await FakeDataPath.StartAsync(Pod);
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        await harness.CreateSliceAsync("knative-serving", "activator-service", Pod, ("http", 8012), ("http2", 8013));
        path.Answer = "queue";
        await harness.CreateRevisionAsync("hello");
        await harness.CreateReadyPodAsync("hello", "hello-1", Pod);

        await harness.UntilAsync(() => Task.FromResult(path.Probes >= 5), "five probes");

        Assert.Equal(1, (await harness.FindAsync<V1Deployment>("hello-deployment"))!.Spec.Replicas);
        await harness.UntilActiveAsync("hello", "False", "NoTraffic");
    }

    [Fact]
    public async Task Metric_WhosePodDoesNotAnswer_SaysSo()
    {
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        await harness.CreateRevisionAsync("hello");
        await harness.CreateReadyPodAsync("hello", "hello-1", "127.9.2.3");

        await harness.UntilAsync(
            async () => (await harness.FindAsync<Metric>("hello"))?.Status?.Conditions?.Any(c => c.Type == "Ready" && c.Reason == "CollectionFailed" && c.Message == "Failed to reconcile metric collection: pods exhausted") == true,
            "CollectionFailed");
    }
}
