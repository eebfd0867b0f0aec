using k8s.Models;
using Knative.Xds.Autoscaler.Tests.Sharding;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Testing;

namespace Knative.Xds.Autoscaler.Tests.Reconciling;

/// <summary>What an option leaves to Knative's own processes.</summary>
public class LeftToOthersTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Sks_LeftToKnativesController_IsFollowedAndNotReconciled()
    {
        await using var cluster = await ReplicaCluster.StartAsync();
        await using var replica = await cluster.StartReplicaAsync("127.9.55.1", customize: options => options.SksReconciler = false);
        await cluster.CreateRevisionAsync("hello");
        await Eventually.TrueAsync(async () => await cluster.FindAsync<ServerlessService>("hello") is not null, Patience);

        await Eventually.TrueAsync(
            async () => await ControlAsync(cluster) && await cluster.FindAsync<Metric>("hello") is not null
                && (await cluster.FindAsync<PodAutoscaler>("hello"))?.Status is { ServiceName: "hello", MetricsServiceName: "hello-private" } status
                && status.Conditions!.Any(condition => condition is { Type: "SKSReady", Status: "True" }),
            Patience);

        // Without pods, three activators bear the burst capacity of 211.
        var sks = (await cluster.FindAsync<ServerlessService>("hello"))!;
        Assert.Equal(("Proxy", 3), (sks.Spec.Mode, sks.Spec.NumActivators));
        Assert.Null(await cluster.FindAsync<V1Service>("hello"));
        Assert.Null(await cluster.FindAsync<V1Service>("hello-private"));
        Assert.Null(await cluster.FindAsync<V1Endpoints>("hello"));
    }

    [Fact]
    public async Task HpaClass_LeftToKnativesAutoscalerHpa_IsNotTouched()
    {
        await using var cluster = await ReplicaCluster.StartAsync();
        await using var replica = await cluster.StartReplicaAsync("127.9.55.2", customize: options => options.HpaReconciler = false);
        var pa = new PodAutoscaler
        {
            Metadata = new V1ObjectMeta { Name = "cpu", NamespaceProperty = "default", Annotations = new Dictionary<string, string> { [Labels.AutoscalerClass] = Labels.HpaClass } },
            Spec = new PodAutoscalerSpec { ProtocolType = "http1", ScaleTargetRef = new ScaleTargetRef { ApiVersion = "apps/v1", Kind = "Deployment", Name = "cpu-deployment" } },
        };
        await cluster.CreateAsync(pa);
        await cluster.CreateRevisionAsync("hello");

        await Eventually.TrueAsync(async () => (await cluster.FindAsync<PodAutoscaler>("hello"))?.Status?.ServiceName == "hello", Patience);

        Assert.Null((await cluster.FindAsync<PodAutoscaler>("cpu"))!.Status);
        Assert.Null(await cluster.FindAsync<ServerlessService>("cpu"));
        Assert.Null(await cluster.FindAsync<V2HorizontalPodAutoscaler>("cpu"));
    }

    // What that controller says of each generation; true when it has said all.
    private static async Task<bool> ControlAsync(ReplicaCluster cluster)
    {
        var sks = (await cluster.FindAsync<ServerlessService>("hello"))!;
        if (sks.Status?.ObservedGeneration == sks.Metadata.Generation)
        {
            return true;
        }

        sks.Status = new ServerlessServiceStatus
        {
            ObservedGeneration = sks.Metadata.Generation,
            ServiceName = "hello",
            PrivateServiceName = "hello-private",
            Conditions = [new Condition { Type = "Ready", Status = "True" }, new Condition { Type = "EndpointsPopulated", Status = "True" }],
        };
        try
        {
            await cluster.WriteStatusAsync(sks);
        }
        catch (KubeException conflict) when (conflict.IsConflict)
        {
            // The autoscaler changed it meanwhile.
        }

        return false;
    }
}
