using k8s.Models;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Tests.Reconciling.Hpa;

public class HpaReconcilerTests
{
    private static readonly (string, string) HpaClass = ("autoscaling.knative.dev/class", "hpa.autoscaling.knative.dev");

    [Fact]
    public async Task Revision_OfTheHpaClass_GetsAnHpaAndFollowsIt()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        await harness.CreateRevisionAsync("hello", HpaClass, ("autoscaling.knative.dev/target", "70"), ("autoscaling.knative.dev/min-scale", "2"), ("autoscaling.knative.dev/max-scale", "5"));

        await harness.UntilAsync(async () => await harness.FindAsync<V2HorizontalPodAutoscaler>("hello") is not null, "the HPA");
        var hpa = (await harness.FindAsync<V2HorizontalPodAutoscaler>("hello"))!;
        Assert.Equal(("hello-deployment", 2, 5, 70), (hpa.Spec.ScaleTargetRef.Name, hpa.Spec.MinReplicas, hpa.Spec.MaxReplicas, hpa.Spec.Metrics[0].Resource.Target.AverageUtilization));
        Assert.Equal("hello", Assert.Single(hpa.Metadata.OwnerReferences).Name);
        hpa.Status = new V2HorizontalPodAutoscalerStatus { DesiredReplicas = 3, CurrentReplicas = 2 };
        await harness.Client.ReplaceStatusAsync(hpa, TestContext.Current.CancellationToken);

        await harness.UntilAsync(
            async () => (await harness.FindAsync<PodAutoscaler>("hello"))?.Status is { DesiredScale: 3, ActualScale: 2 },
            "the HPA's scales in the PodAutoscaler");
        await harness.UntilActiveAsync("hello", "True", null);
        await harness.UntilAsync(async () => (await harness.FindAsync<ServerlessService>("hello"))?.Spec is { Mode: "Serve", NumActivators: 0 or null }, "Serve mode with all activators");
        Assert.Null(await harness.FindAsync<Metric>("hello"));
        // Nobody but the HPA scales it.
        Assert.Equal(1, (await harness.FindAsync<V1Deployment>("hello-deployment"))!.Spec.Replicas);
    }

    [Fact]
    public async Task Hpa_ThatSomebodyChanged_IsPutRight()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        await harness.CreateRevisionAsync("hello", HpaClass, ("autoscaling.knative.dev/max-scale", "5"));
        await harness.UntilAsync(async () => await harness.FindAsync<V2HorizontalPodAutoscaler>("hello") is not null, "the HPA");

        var hpa = (await harness.FindAsync<V2HorizontalPodAutoscaler>("hello"))!;
        hpa.Spec.MaxReplicas = 50;
        await harness.Client.ReplaceAsync(hpa, TestContext.Current.CancellationToken);

        await harness.UntilAsync(async () => (await harness.FindAsync<V2HorizontalPodAutoscaler>("hello"))?.Spec.MaxReplicas == 5, "the old bound");
    }

    [Fact]
    public async Task Hpa_OfSomebodyElse_IsLeftAloneAndReported()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        await harness.Client.CreateAsync(
            new V2HorizontalPodAutoscaler
            {
                ApiVersion = "autoscaling/v2",
                Kind = "HorizontalPodAutoscaler",
                Metadata = new V1ObjectMeta { Name = "hello", NamespaceProperty = "default" },
                Spec = new V2HorizontalPodAutoscalerSpec { MaxReplicas = 9, ScaleTargetRef = new V2CrossVersionObjectReference { Kind = "Deployment", Name = "other" } },
            },
            TestContext.Current.CancellationToken);

        await harness.CreateRevisionAsync("hello", HpaClass);

        await harness.UntilActiveAsync("hello", "False", "NotOwned");
        await harness.UntilAsync(async () => await harness.HasEventAsync("hello", "InternalError"), "the Event");
        Assert.Equal(9, (await harness.FindAsync<V2HorizontalPodAutoscaler>("hello"))!.Spec.MaxReplicas);
    }

    [Fact]
    public async Task Hpa_ThatTheApiRefuses_IsSaidByTheStatus()
    {
        using var api = new RefusingApi(HttpMethod.Post, "/horizontalpodautoscalers") { Refuses = true };
        await using var harness = await AutoscalerHarness.StartAsync(api);

        await harness.CreateRevisionAsync("hello", HpaClass);

        await harness.UntilActiveAsync("hello", "False", "FailedCreate");
        var active = Assert.Single((await harness.FindAsync<PodAutoscaler>("hello"))!.Status!.Conditions!, condition => condition.Type == "Active");
        Assert.Equal("Failed to create HorizontalPodAutoscaler \"hello\".", active.Message);
    }

    [Fact]
    public async Task Sks_ThatIsNotReady_IsSaidByTheStatus()
    {
        await using var harness = await AutoscalerHarness.StartAsync();

        await harness.CreateRevisionAsync("hello", HpaClass);

        await harness.UntilAsync(
            async () => (await harness.FindAsync<PodAutoscaler>("hello"))?.Status?.Conditions?.Any(c => c is { Type: "SKSReady", Status: "Unknown", Reason: "NotReady", Message: "SKS Services are not ready yet" }) == true,
            "SKS Services are not ready yet");
    }

    [Theory]
    [InlineData("1500", "1500")]
    [InlineData("1000000", "1M")]
    public void Of_CustomMetric_WritesKubernetesQuantity(string target, string expected) => Assert.Equal(expected, Amount("requests", target));

    [Theory]
    [InlineData("1024", "1Gi")]
    [InlineData("1536", "1536Mi")]
    public void Of_Memory_WritesMebibytes(string target, string expected) => Assert.Equal(expected, Amount("memory", target));

    private static string Amount(string metric, string target)
    {
        var annotations = new Dictionary<string, string>
        {
            ["autoscaling.knative.dev/class"] = HpaClass.Item2,
            ["autoscaling.knative.dev/metric"] = metric,
            ["autoscaling.knative.dev/target"] = target,
        };
        var spec = Autoscaler.Reconciling.Hpa.HpaSpecs.Of(new ScaleTargetRef { Name = "d" }, RevisionScalingReader.Read(new AutoscalerConfig(), annotations, 0, ""));
        var only = spec.Metrics[0];
        return (only.Resource?.Target ?? only.Pods.Target).AverageValue.ToString();
    }
}
