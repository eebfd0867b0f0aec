using System.Net;
using Knative.Xds.Activation;
using Knative.Xds.Activation.Revisions;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Knative.Xds.Activator.Tests.Revisions;

public sealed class KubeWatchTests
{
    private static readonly ObjectKey PrivateService = new(TestActivator.Revision.Namespace, TestActivator.Revision.Name + "-private");

    [Fact]
    public async Task Request_OfARevisionInKubernetes_WaitsForItsNotReadyPodAndIsServed()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var pod = await FakePod.StartAsync();
        await cluster.CreateRevisionAsync(TestActivator.Revision, containerConcurrency: 1);
        await using var activator = await TestActivator.StartAsync(options => options.Kubeconfig = cluster.Kubeconfig);
        var request = activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => activator.App.Services.GetRequiredService<RevisionTable>().Find(TestActivator.Revision)?.Throttle.Waiting == 1);

        await cluster.CreateSliceAsync(PrivateService, TestCluster.LabelsOf(TestActivator.Revision, Labels.ServiceTypePrivate), pod.Port, ready: false);

        Assert.Equal("hello", await request.Within(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public async Task PublicEndpoints_WithTheOwnAddress_GiveTheActivatorItsShare()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateRevisionAsync(TestActivator.Revision, containerConcurrency: 1);
        await using var activator = await TestActivator.StartAsync(options => options.Kubeconfig = cluster.Kubeconfig);
        var labels = TestCluster.LabelsOf(TestActivator.Revision, Labels.ServiceTypePublic);

        await cluster.CreateSliceAsync(TestActivator.Revision, labels, 8012, ready: true, "10.9.0.0");
        await cluster.CreateSliceAsync(TestActivator.Revision, labels, 8013, ready: true, "10.9.0.1");

        await Eventually.TrueAsync(() => activator.Revisions.Find(TestActivator.Revision)?.Throttle.View() is { ActivatorIndex: 1, ActivatorCount: 2 });
    }

    [Fact]
    public async Task Request_OfADeletedRevision_Is404()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.CreateRevisionAsync(TestActivator.Revision, containerConcurrency: 0);
        await using var activator = await TestActivator.StartAsync(options => options.Kubeconfig = cluster.Kubeconfig);
        await Eventually.TrueAsync(() => activator.Revisions.Find(TestActivator.Revision) is not null);

        await cluster.Client.DeleteAsync<PodAutoscaler>(TestActivator.Revision, TestContext.Current.CancellationToken);

        await Eventually.TrueAsync(() => activator.Revisions.Find(TestActivator.Revision) is null);
        using var response = await activator.Client.GetAsync("/", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Autoscaler_WithoutAnAddressGiven_IsFoundByItsEndpoints()
    {
        await using var cluster = await TestCluster.StartAsync();
        var service = new ObjectKey(SystemNames.Namespace, SystemNames.AutoscalerService);
        var taken = new TaskCompletionSource<string>();

        await using var activator = await TestActivator.StartAsync(
            options =>
            {
                taken.SetResult(options.AutoscalerUrl!);
                (options.Kubeconfig, options.AutoscalerUrl) = (cluster.Kubeconfig, null);
            },
            builder => _ = Task.Run(async () => await cluster.CreateSliceAsync(service, new Dictionary<string, string>(), new Uri(await taken.Task).Port, ready: true)));

        // Starting waits for the link, and only the slice names the autoscaler's port.
        Assert.True(activator.App.Services.GetRequiredService<ActivatorState>().Snapshot().AutoscalerReachable);
    }
}
