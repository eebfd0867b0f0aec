using k8s.Models;
using Knative.Xds.Activator.Tests.Fakes;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Activator.Tests.Serving;

/// <summary>Two activators of one cluster, which know of each other by the endpoints of the public Service alone.</summary>
public sealed class SharedPodsTests : IDisposable
{
    private const int ContainerConcurrency = 2;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly ObjectKey PrivateService = new(TestActivator.Revision.Namespace, TestActivator.Revision.Name + "-private");
    private readonly SemaphoreSlim _gate = new(0);

    public void Dispose() => _gate.Dispose();

    [Fact]
    public async Task TwoActivators_MoreRequestsThanPodsTake_NoPodSeesMoreThanItsLimit()
    {
        const int Requests = 20;
        await using var cluster = await ClusterAsync();
        await using var one = await StartPodAsync(cluster);
        await using var two = await StartPodAsync(cluster);
        await using var three = await StartPodAsync(cluster);
        FakePod[] pods = [one, two, three];
        await using var first = await StartActivatorAsync(cluster, "10.9.0.0", pods.Length);
        await using var second = await StartActivatorAsync(cluster, "10.9.0.1", pods.Length);

        var requests = Enumerable.Range(0, Requests).Select(i => (i % 2 == 0 ? first : second).Client.GetStringAsync("/held", TestContext.Current.CancellationToken)).ToArray();

        await Eventually.TrueAsync(() => pods.Sum(pod => pod.Served) == pods.Length * ContainerConcurrency, Limit);
        await Eventually.TrueAsync(() => first.State.Waiting + second.State.Waiting == Requests - pods.Length * ContainerConcurrency, Limit);
        Assert.All(pods, pod => Assert.Equal(ContainerConcurrency, pod.Served));
        _gate.Release(Requests);
        Assert.All(await Task.WhenAll(requests).Within(Limit), answer => Assert.Equal("hello", answer));
        Assert.All(pods, pod => Assert.Equal(ContainerConcurrency, pod.MostRunning));
        Assert.Equal(Requests, pods.Sum(pod => pod.Served));
    }

    [Fact]
    public async Task R4_PodTurnsNotReady_GetsNoMoreRequestsOfEitherAndEndsWhatItHas()
    {
        await using var cluster = await ClusterAsync();
        await using var going = await StartPodAsync(cluster);
        await using var staying = await StartPodAsync(cluster);
        await using var first = await StartActivatorAsync(cluster, "10.9.0.0", 2);
        await using var second = await StartActivatorAsync(cluster, "10.9.0.1", 2);
        // Each has one of the two pods.
        Task<string>[] held = [first.Client.GetStringAsync("/held", TestContext.Current.CancellationToken), second.Client.GetStringAsync("/held", TestContext.Current.CancellationToken)];
        await Eventually.TrueAsync(() => going.Served == 1 && staying.Served == 1, Limit);

        going.ProbeAnswer = (500, "");
        await SetNotReadyAsync(cluster, going);
        await Eventually.TrueAsync(() => first.State.HealthyPods == 1 && second.State.HealthyPods == 1, Limit);

        _gate.Release(held.Length);
        Assert.Equal(["hello", "hello"], await Task.WhenAll(held).Within(Limit));
        var later = Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? first : second).Client.GetStringAsync("/", TestContext.Current.CancellationToken));
        Assert.All(await Task.WhenAll(later).Within(Limit), answer => Assert.Equal("hello", answer));
        Assert.Equal((1, 21), (going.Served, staying.Served));
    }

    [Fact]
    public async Task R4_AllPodsGo_RequestsWaitForTheNext()
    {
        await using var cluster = await ClusterAsync();
        await using var going = await StartPodAsync(cluster);
        await using var first = await StartActivatorAsync(cluster, "10.9.0.0", 1);
        await using var second = await StartActivatorAsync(cluster, "10.9.0.1", 1);
        going.ProbeAnswer = (500, "");
        await SetNotReadyAsync(cluster, going);
        await Eventually.TrueAsync(() => first.State.HealthyPods == 0 && second.State.HealthyPods == 0, Limit);

        Task<string>[] waiting = [first.Client.GetStringAsync("/", TestContext.Current.CancellationToken), second.Client.GetStringAsync("/", TestContext.Current.CancellationToken)];
        await Eventually.TrueAsync(() => first.State.Waiting == 1 && second.State.Waiting == 1, Limit);
        await using var next = await StartPodAsync(cluster);

        Assert.Equal(["hello", "hello"], await Task.WhenAll(waiting).Within(Limit));
        Assert.Equal((0, 2), (going.Served, next.Served));
    }

    private static async Task<TestCluster> ClusterAsync()
    {
        var cluster = await TestCluster.StartAsync();
        await cluster.CreateRevisionAsync(TestActivator.Revision, ContainerConcurrency);
        var labels = TestCluster.LabelsOf(TestActivator.Revision, Labels.ServiceTypePublic);
        await cluster.CreateSliceAsync(TestActivator.Revision, labels, 8012, ready: true, "10.9.0.0");
        await cluster.CreateSliceAsync(TestActivator.Revision, labels, 8013, ready: true, "10.9.0.1");
        return cluster;
    }

    private async Task<FakePod> StartPodAsync(TestCluster cluster)
    {
        var pod = await FakePod.StartAsync(async context =>
        {
            if (context.Request.Path == "/held")
            {
                await _gate.WaitAsync(context.RequestAborted);
            }

            await context.Response.WriteAsync("hello");
        });
        await cluster.CreateSliceAsync(PrivateService, TestCluster.LabelsOf(TestActivator.Revision, Labels.ServiceTypePrivate), pod.Port, ready: true);
        return pod;
    }

    private static async Task SetNotReadyAsync(TestCluster cluster, FakePod pod)
    {
        var slice = await cluster.Client.FindAsync<V1EndpointSlice>(new ObjectKey(PrivateService.Namespace, $"{PrivateService.Name}-{pod.Port}"), TestContext.Current.CancellationToken);
        slice!.Endpoints[0].Conditions.Ready = false;
        await cluster.Client.ReplaceAsync(slice, TestContext.Current.CancellationToken);
    }

    private static async Task<TestActivator> StartActivatorAsync(TestCluster cluster, string address, int pods)
    {
        var activator = await TestActivator.StartAsync(options => (options.Kubeconfig, options.PodName, options.PodIp) = (cluster.Kubeconfig, address, address));
        await Eventually.TrueAsync(() => activator.Revisions.Find(TestActivator.Revision)?.Throttle.View() is { ActivatorCount: 2 } view && view.Backends == pods, Limit);
        return activator;
    }
}
