using k8s.Models;
using Knative.Xds.Autoscaler.Explaining;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;

namespace Knative.Xds.Autoscaler.Tests.Reconciling;

/// <summary>Scale targets that are no Deployments: of any kind with pods and a scale.</summary>
public class OtherTargetTests
{
    private static readonly Dictionary<string, string> Selector = new() { [Labels.RevisionUid] = "hello-uid" };

    [Fact]
    public async Task Target_ReplicaSet_IsScaledAndSelected()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        var token = TestContext.Current.CancellationToken;
        await harness.Client.CreateAsync(
            new V1ReplicaSet
            {
                Metadata = new V1ObjectMeta { Name = "hello-set", NamespaceProperty = "default" },
                Spec = new V1ReplicaSetSpec
                {
                    Replicas = 1,
                    Selector = new V1LabelSelector { MatchLabels = Selector },
                    Template = new V1PodTemplateSpec
                    {
                        Metadata = new V1ObjectMeta { Labels = Selector },
                        Spec = new V1PodSpec { Containers = [new V1Container { Name = "user-container", Image = "kxds.dev/hello" }] },
                    },
                },
            },
            token);
        await harness.Client.CreateAsync(Pa("hello-set"), token);
        await harness.UntilAsync(async () => (await harness.FindAsync<Metric>("hello")) is not null, "the decider");

        await harness.PushAsync("hello", 65);
        await harness.UntilAsync(
            async () => (await harness.Client.FindAsync<V1ReplicaSet>(new ObjectKey("default", "hello-set"), token))!.Spec.Replicas == 4, "four replicas");

        var report = await harness.Get<ScaleReporter>().ReportAsync(new ObjectKey("default", "hello"), token);
        Assert.Equal(4, report!.Current.Replicas);
        Assert.Equal(Selector, (await harness.FindAsync<V1Service>("hello-private"))!.Spec.Selector);
    }

    [Fact]
    public async Task Target_OfKindThatIsNotThere_IsSaid()
    {
        await using var harness = await AutoscalerHarness.StartAsync();
        await harness.Client.CreateAsync(Pa("none"), TestContext.Current.CancellationToken);

        await harness.UntilAsync(() => harness.HasEventAsync("hello", "InternalError"), "an Event");

        Assert.Contains(
            harness.Logs.GetSnapshot(),
            entry => entry.Message.Contains("error retrieving deployment selector spec: replicasets.apps \"none\" not found", StringComparison.Ordinal));
    }

    private static PodAutoscaler Pa(string target)
    {
        var pa = new PodAutoscaler
        {
            Metadata = new V1ObjectMeta
            {
                Name = "hello",
                NamespaceProperty = "default",
                Labels = new Dictionary<string, string> { [Labels.Revision] = "hello", [Labels.RevisionUid] = "hello-uid", [Labels.Configuration] = "c" },
            },
            Spec = new PodAutoscalerSpec { ProtocolType = "http1", ScaleTargetRef = new ScaleTargetRef { ApiVersion = "apps/v1", Kind = "ReplicaSet", Name = target } },
        };
        pa.Metadata.Annotations = new Dictionary<string, string>
        {
            [Labels.AutoscalerClass] = Labels.KpaClass,
            ["autoscaling.knative.dev/target"] = "10",
            ["autoscaling.knative.dev/max-scale"] = "4",
            ["autoscaling.knative.dev/target-burst-capacity"] = "-1",
        };
        return pa;
    }
}
