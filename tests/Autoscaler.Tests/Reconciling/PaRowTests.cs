using k8s.Models;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Autoscaler.Deciding;
using Knative.Xds.Autoscaler.Tests.Sharding;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;

namespace Knative.Xds.Autoscaler.Tests.Reconciling;

// Rows K17 to K23 of upstream's behaviour tests, on the embedded API.
public class PaRowTests
{
    private static readonly (string, string) AlwaysProxy = ("autoscaling.knative.dev/target-burst-capacity", "-1");
    private static readonly (string, string)[] ShortWindows = [("stable-window", "6s"), ("scale-to-zero-grace-period", "1s"), ("allow-zero-initial-scale", "true")];

    [Fact]
    public async Task K17_NoSks_GetsOneInProxyModeWithTwoActivators()
    {
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        await harness.CreateRevisionAsync("hello", AlwaysProxy);

        await harness.UntilAsync(async () => await harness.FindAsync<ServerlessService>("hello") is not null, "the SKS");

        Assert.Equal(("Proxy", 2), ((await harness.FindAsync<ServerlessService>("hello"))!.Spec.Mode, (await harness.FindAsync<ServerlessService>("hello"))!.Spec.NumActivators));
        await harness.UntilActiveAsync("hello", "Unknown", "Queued");
    }

    [Fact]
    public async Task K17_NoPrivateService_IsSaidByTheStatus()
    {
        using var api = new RefusingApi(HttpMethod.Post, "/services") { Refuses = true };
        await using var harness = await AutoscalerHarness.StartAsync(api, ShortWindows);

        await harness.CreateRevisionAsync("hello", AlwaysProxy);

        await harness.UntilAsync(
            async () => (await harness.FindAsync<PodAutoscaler>("hello"))?.Status?.Conditions?.Any(c => c is { Type: "SKSReady", Status: "Unknown", Reason: "NotReady", Message: "No Private Service Name" }) == true,
            "No Private Service Name");
        await harness.UntilActiveAsync("hello", "Unknown", "Queued");
    }

    // One pod of capacity 10 with one request: what is left after the burst is said by target-burst-capacity alone.
    [Fact]
    public async Task K18_ExcessBurstCapacity_DecidesTheMode()
    {
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        await using var pod = await FakeDataPath.StartAsync("127.9.20.1");
        pod.Concurrency = 1;
        await harness.CreateRevisionAsync("hello", ("autoscaling.knative.dev/target", "10"), ("autoscaling.knative.dev/panic-window-percentage", "100"), BurstCapacity(8));
        await harness.CreateReadyPodAsync("hello", "hello-1", "127.9.20.1");

        await UntilModeAsync(harness, 1, "Serve");
        await SetBurstCapacityAsync(harness, 27);
        await UntilModeAsync(harness, -18, "Proxy");
        await SetBurstCapacityAsync(harness, 9);
        await UntilModeAsync(harness, 0, "Serve");
    }

    [Fact]
    public async Task K19_RestartWithoutData_LeavesAnInactiveRevisionAsItWas()
    {
        await using var cluster = await ReplicaCluster.StartAsync();
        await CreateRevisionAtZeroAsync(cluster);

        await using var replica = await cluster.StartReplicaAsync("127.9.54.1");
        await Eventually.TrueAsync(
            async () => replica.Get<TickHistory>().Read().Count >= 3 && replica.Get<DeciderTable>().Find(new ObjectKey("default", "hello")) is not null
                && (await cluster.FindAsync<PodAutoscaler>("hello"))!.Status!.ServiceName == "hello",
            TimeSpan.FromSeconds(60));

        var pa = (await cluster.FindAsync<PodAutoscaler>("hello"))!;
        Assert.Equal(-1, replica.Get<DeciderTable>().Find(new ObjectKey("default", "hello"))!.Last.Desired);
        Assert.Equal("Proxy", (await cluster.FindAsync<ServerlessService>("hello"))!.Spec.Mode);
        Assert.Equal((0, "False NoTraffic"), (pa.Status!.DesiredScale, pa.Status.Conditions!.Where(condition => condition.Type == "Active").Select(condition => $"{condition.Status} {condition.Reason}").Single()));
        Assert.Equal(0, (await cluster.FindAsync<V1Deployment>("hello-deployment"))!.Spec.Replicas);
    }

    // Row S29: a decision of -1, which there is until there is data, is not one of 0.
    [Fact]
    public async Task S29_RestartAtZero_FirstStatWaitsForTheTick()
    {
        await using var cluster = await ReplicaCluster.StartAsync();
        await CreateRevisionAtZeroAsync(cluster);
        var key = new ObjectKey("default", "hello");
        await using (var idle = await cluster.StartReplicaAsync("127.9.55.1", customize: options => options.TickInterval = TimeSpan.FromHours(1)))
        {
            await Eventually.TrueAsync(() => idle.Get<DeciderTable>().Find(key) is not null && idle.Get<CollectionTable>().Find(key) is not null, TimeSpan.FromSeconds(60));
            // The connection is closed after the stat has led to all that it leads to.
            await cluster.PushAsync(idle, "hello", 1);

            Assert.NotNull(idle.Get<CollectionTable>().Find(key)!.LastWrite);
            Assert.Equal((-1, 0), (idle.Get<DeciderTable>().Find(key)!.Last.Desired, idle.Get<DeciderTable>().Find(key)!.Decisions));
            Assert.Equal(0, (await cluster.FindAsync<V1Deployment>("hello-deployment"))!.Spec.Replicas);
        }

        await using var ticking = await cluster.StartReplicaAsync("127.9.55.2");
        await Eventually.TrueAsync(() => ticking.Get<CollectionTable>().Find(key) is not null, TimeSpan.FromSeconds(60));
        await cluster.PushAsync(ticking, "hello", 1);

        await cluster.UntilReplicasAsync("hello", 1);
        Assert.DoesNotContain(ticking.Logs, entry => entry.Id.Id == 3005);
    }

    [Fact]
    public async Task K20_MinScale_IsQueuedUntilThatManyAreReady()
    {
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        await harness.CreateRevisionAsync("hello", AlwaysProxy, ("autoscaling.knative.dev/min-scale", "2"));
        await harness.CreateReadyPodAsync("hello", "hello-1", "127.9.21.1");

        await harness.UntilReplicasAsync("hello", 2);
        await harness.UntilActiveAsync("hello", "Unknown", "Queued");
        await harness.CreateReadyPodAsync("hello", "hello-2", "127.9.21.2");

        await harness.UntilActiveAsync("hello", "True", null);
    }

    [Fact]
    public async Task K20_TenReadyOfEleven_AreQueuedAndThreeOfTwoAreNot()
    {
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        await harness.CreateRevisionAsync("ten", AlwaysProxy, ("autoscaling.knative.dev/min-scale", "11"));
        await harness.CreateRevisionAsync("three", AlwaysProxy, ("autoscaling.knative.dev/min-scale", "2"));
        for (var pod = 1; pod <= 10; pod++)
        {
            await harness.CreateReadyPodAsync("ten", $"ten-{pod}", $"127.9.23.{pod}");
        }

        for (var pod = 1; pod <= 3; pod++)
        {
            await harness.CreateReadyPodAsync("three", $"three-{pod}", $"127.9.24.{pod}");
        }

        await harness.UntilAsync(async () => (await harness.FindAsync<PodAutoscaler>("ten"))?.Status is { ActualScale: 10 }, "ten pods");
        await harness.UntilReplicasAsync("ten", 11);
        await harness.UntilActiveAsync("ten", "Unknown", "Queued");
        await harness.UntilAsync(async () => (await harness.FindAsync<PodAutoscaler>("three"))?.Status is { ActualScale: 3 }, "three pods");
        await harness.UntilActiveAsync("three", "True", null);
    }

    [Fact]
    public async Task K21_ActivationThatNeverSucceeds_TimesOut()
    {
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        await harness.CreateRevisionAsync("hello", AlwaysProxy, ("serving.knative.dev/progress-deadline", "5s"));

        // The next look at an inactive revision finds no traffic, and says that instead.
        await harness.UntilAsync(() => Task.FromResult(harness.HasLogged("default/hello: Active is now False TimedOut")), "TimedOut");

        await harness.UntilReplicasAsync("hello", 0);
    }

    [Fact]
    public async Task K22_InitialScale_IsWantedUntilItWasReached()
    {
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        await harness.CreateRevisionAsync("hello", AlwaysProxy, ("autoscaling.knative.dev/initial-scale", "3"));
        await harness.CreateReadyPodAsync("hello", "hello-1", "127.9.22.1");

        await harness.UntilReplicasAsync("hello", 3);
        await harness.UntilActiveAsync("hello", "Unknown", "Queued");
        Assert.Contains((await harness.FindAsync<PodAutoscaler>("hello"))!.Status!.Conditions!, condition => condition is { Type: "ScaleTargetInitialized", Status: "Unknown" });
    }

    [Fact]
    public async Task K23_SksOfSomebodyElse_IsNotOwned()
    {
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        await harness.Client.CreateAsync(
            new ServerlessService
            {
                Metadata = new V1ObjectMeta { Name = "hello", NamespaceProperty = "default" },
                Spec = new ServerlessServiceSpec { Mode = "Serve", ProtocolType = "http1", ObjectRef = new V1ObjectReference { ApiVersion = "apps/v1", Kind = "Deployment", Name = "other" } },
            },
            TestContext.Current.CancellationToken);

        await harness.CreateRevisionAsync("hello", AlwaysProxy);

        await harness.UntilActiveAsync("hello", "False", "NotOwned");
        await harness.UntilAsync(async () => await harness.HasEventAsync("hello", "InternalError"), "the Event");
        Assert.Equal("Serve", (await harness.Client.FindAsync<ServerlessService>(new ObjectKey("default", "hello"), TestContext.Current.CancellationToken))!.Spec.Mode);
    }

    [Fact]
    public async Task K23_MetricOfSomebodyElse_IsNotOwned()
    {
        await using var harness = await AutoscalerHarness.StartAsync(ShortWindows);
        await harness.Client.CreateAsync(
            new Metric
            {
                Metadata = new V1ObjectMeta { Name = "hello", NamespaceProperty = "default" },
                Spec = new MetricSpec { StableWindow = 60_000_000_000, PanicWindow = 6_000_000_000, ScrapeTarget = "other" },
            },
            TestContext.Current.CancellationToken);

        await harness.CreateRevisionAsync("hello", AlwaysProxy);

        await harness.UntilActiveAsync("hello", "False", "NotOwned");
        await harness.UntilAsync(() => Task.FromResult(harness.Logs.GetSnapshot().Any(entry => entry.Message.Contains("PA: hello does not own Metric: hello", StringComparison.Ordinal))), "the error");
        Assert.Equal("other", (await harness.FindAsync<Metric>("hello"))!.Spec.ScrapeTarget);
    }

    private static async Task CreateRevisionAtZeroAsync(ReplicaCluster cluster)
    {
        await cluster.CreateRevisionAsync("hello");
        var pa = (await cluster.FindAsync<PodAutoscaler>("hello"))!;
        pa.Status = new PodAutoscalerStatus
        {
            ObservedGeneration = 1,
            DesiredScale = 0,
            ActualScale = 0,
            Conditions =
            [
                new Condition { Type = "Active", Status = "False", Reason = "NoTraffic", Message = "The target is not receiving traffic." },
                new Condition { Type = "Ready", Status = "False", Reason = "NoTraffic", Message = "The target is not receiving traffic." },
                new Condition { Type = "SKSReady", Status = "True" },
                new Condition { Type = "ScaleTargetInitialized", Status = "True" },
            ],
        };
        await cluster.WriteStatusAsync(pa);
    }

    private static (string Key, string Value) BurstCapacity(int capacity) => ("autoscaling.knative.dev/target-burst-capacity", $"{capacity}");

    private static Task<PodAutoscaler> SetBurstCapacityAsync(AutoscalerHarness harness, int capacity)
    {
        var patch = new V1Patch($$$$"""{"metadata":{"annotations":{"{{{{BurstCapacity(capacity).Key}}}}":"{{{{capacity}}}}"}}}""", V1Patch.PatchType.MergePatch);
        return harness.Client.PatchAsync<PodAutoscaler>(new ObjectKey("default", "hello"), patch, null, TestContext.Current.CancellationToken);
    }

    private static Task UntilModeAsync(AutoscalerHarness harness, int excess, string mode) => harness.UntilAsync(
        async () => harness.Get<DeciderTable>().Find(new ObjectKey("default", "hello"))?.Last is { Desired: 1 } last && last.ExcessBurstCapacity == excess
            && (await harness.FindAsync<ServerlessService>("hello"))!.Spec.Mode == mode,
        $"an excess of {excess} and the mode {mode}");
}
