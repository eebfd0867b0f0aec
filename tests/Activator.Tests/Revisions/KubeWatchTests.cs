using System.Net;
using k8s.Models;
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
    public async Task Revision_WhereTheClusterHasThatKind_SaysMoreThanItsPodAutoscaler()
    {
        await using var cluster = await TestCluster.StartAsync(revisions: true);
        await cluster.CreateRevisionAsync(TestActivator.Revision, containerConcurrency: 0);
        await using var activator = await TestActivator.StartAsync(options => options.Kubeconfig = cluster.Kubeconfig);
        await Eventually.TrueAsync(() => activator.Revisions.Find(TestActivator.Revision) is { Revision.Timeouts.Overall.TotalSeconds: 300 });

        await cluster.Client.CreateAsync(
            new ServingRevision
            {
                Metadata = new() { NamespaceProperty = TestActivator.Revision.Namespace, Name = TestActivator.Revision.Name },
                Spec = new ServingRevisionSpec { TimeoutSeconds = 1 },
            },
            TestContext.Current.CancellationToken);

        await Eventually.TrueAsync(() => activator.Revisions.Find(TestActivator.Revision) is { Revision.Timeouts.Overall.TotalSeconds: 1 });
        using var response = await activator.Client.GetAsync("/", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
    }

    [Fact]
    public async Task PodsBehindAMesh_AreReachedByTheServicesAddress()
    {
        await using var cluster = await TestCluster.StartAsync();
        await using var mesh = await FakePod.StartAsync(address: "127.0.56.1");
        mesh.Ready = false;
        await using var service = await FakePod.StartAsync(address: "127.0.56.2");
        await cluster.CreateRevisionAsync(TestActivator.Revision, containerConcurrency: 1);
        var labels = TestCluster.LabelsOf(TestActivator.Revision, Labels.ServiceTypePrivate);
        await cluster.Client.CreateAsync(
            new V1Service
            {
                Metadata = new() { NamespaceProperty = PrivateService.Namespace, Name = PrivateService.Name, Labels = labels },
                Spec = new V1ServiceSpec { ClusterIP = service.Host, Ports = [new V1ServicePort { Name = Ports.NameHttp, Port = service.Port }] },
            },
            TestContext.Current.CancellationToken);
        await using var activator = await TestActivator.StartAsync(options => options.Kubeconfig = cluster.Kubeconfig);

        await cluster.CreateSliceAsync(PrivateService, labels, mesh.Port, ready: true, mesh.Host);

        Assert.Equal("hello", await activator.Client.GetStringAsync("/", TestContext.Current.CancellationToken).Within(TimeSpan.FromSeconds(30)));
        Assert.Equal((1, 0), (service.Served, mesh.Served));
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
