using k8s.Models;
using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Tests.Reconciling;

public class ScaleCycleTests
{
    // With this burst capacity the activator reports everything: no pod is scraped, none must answer a probe.
    private static readonly (string, string) AlwaysProxy = ("autoscaling.knative.dev/target-burst-capacity", "-1");
    private static readonly (string, string)[] ShortWindows = [("stable-window", "6s"), ("scale-to-zero-grace-period", "1s")];

    [Fact]
    public async Task Revision_WithoutTraffic_GoesToZeroAndComesBackWithTheFirstStat()
    {
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        await harness.CreateRevisionAsync("hello", AlwaysProxy);
        await harness.CreateReadyPodAsync("hello", "hello-1", "127.9.0.1");
        await harness.UntilActiveAsync("hello", "True", null);

        await harness.UntilReplicasAsync("hello", 0);
        await harness.DeleteAsync<V1Pod>("hello-1");
        await harness.UntilActiveAsync("hello", "False", "NoTraffic");
        await harness.PushAsync("hello", 1);

        await harness.UntilReplicasAsync("hello", 1);
        await harness.UntilActiveAsync("hello", "Unknown", "Queued");
    }

    [Fact]
    public async Task Revision_FiftyStatsAtZero_IsScaledUpOnce()
    {
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        await harness.CreateRevisionAsync("hello", AlwaysProxy);
        await harness.CreateReadyPodAsync("hello", "hello-1", "127.9.0.2");
        await harness.UntilReplicasAsync("hello", 0);
        harness.Logs.Clear();

        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => harness.PushAsync("hello", 1, messages: 10)));

        await harness.UntilReplicasAsync("hello", 1);
        // Said after it was accepted.
        await harness.UntilAsync(() => Task.FromResult(harness.Logs.GetSnapshot().Any(entry => entry.Id.Id == 3000)), "the line");
        var scaleUps = harness.Logs.GetSnapshot().Where(entry => entry.Id.Id == 3000).Select(entry => entry.Message).ToList();
        Assert.StartsWith("Scaled default/hello from 0 to 1", Assert.Single(scaleUps), StringComparison.Ordinal);
        Assert.Single(harness.Logs.GetSnapshot(), entry => entry.Id.Id == 3005);
    }

    [Fact]
    public async Task Revision_AtZero_IsScaledUpWithoutWaitingForATick()
    {
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        await harness.CreateRevisionAsync("hello", AlwaysProxy);
        await harness.CreateReadyPodAsync("hello", "hello-1", "127.9.0.3");
        await harness.UntilReplicasAsync("hello", 0);

        await harness.PushAsync("hello", 1);

        // The clock stands still here: nothing that waits for it can help.
        await Testing.Eventually.TrueAsync(async () => (await harness.FindAsync<V1Deployment>("hello-deployment"))?.Spec.Replicas == 1, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Revision_WithMinScale_NeverGoesBelow()
    {
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);

        await harness.CreateRevisionAsync("hello", AlwaysProxy, ("autoscaling.knative.dev/min-scale", "3"));

        await harness.UntilReplicasAsync("hello", 3);
    }

    [Fact]
    public async Task ConfigMap_Deleted_TakesNothingBack()
    {
        await using var harness = await AutoscalerHarness.StartAsync(("min-scale", "3"));
        await harness.CreateRevisionAsync("hello", AlwaysProxy);
        await harness.UntilReplicasAsync("hello", 3);

        await harness.Client.DeleteAsync<V1ConfigMap>(new ObjectKey(SystemNames.Namespace, SystemNames.ConfigAutoscaler), TestContext.Current.CancellationToken);
        await harness.UntilAsync(() => Task.FromResult(harness.HasLogged("knative-serving/config-autoscaler is deleted, the last good settings stay")), "the line");

        Assert.Equal(3, harness.Get<LiveSettings>().Config.MinScale);
    }

    [Fact]
    public async Task ConfigMap_BadValue_KeepsTheLastGoodAndNamesTheKey()
    {
        await using var harness = await AutoscalerHarness.StartAsync(("stable-window", "1s"));
        await harness.CreateRevisionAsync("hello", AlwaysProxy);

        await harness.UntilAsync(async () => await harness.FindAsync<Metric>("hello") is not null, "the Metric");

        Assert.Contains(harness.Logs.GetSnapshot(), entry => entry.Id.Id == 3001 && entry.Message.Contains("data[stable-window]", StringComparison.Ordinal));
        Assert.Equal(60_000_000_000, (await harness.FindAsync<Metric>("hello"))!.Spec.StableWindow);
    }
}
