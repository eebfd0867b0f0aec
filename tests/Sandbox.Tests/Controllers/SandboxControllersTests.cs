using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Sandbox.Controllers;
using Knative.Xds.Sandbox.Tests.Pods;
using Knative.Xds.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Knative.Xds.Sandbox.Tests.Controllers;

public sealed class SandboxControllersTests(EmbeddedApi api) : IClassFixture<EmbeddedApi>, IAsyncLifetime
{
    private readonly CancellationTokenSource _stop = new();
    private readonly string _namespace = $"controllers-{Guid.NewGuid():n}"[..20];
    private Task _controllers = Task.CompletedTask;

    private KubeClient Client => api.Client;

    public async ValueTask InitializeAsync()
    {
        await Client.CreateAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = _namespace } }, CancellationToken.None);
        _controllers = SandboxControllers.RunAsync(Client, TimeProvider.System, NullLoggerFactory.Instance, _stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _controllers;
        _stop.Dispose();
    }

    [Fact]
    public async Task Deployment_Created_GetsOwnedPodsAndStatus()
    {
        var deployment = await Client.CreateAsync(Deployment("web", 2), CancellationToken.None);

        var pods = await PodsAsync("web", 2);

        Assert.All(pods, pod =>
        {
            var owner = Assert.Single(pod.Metadata.OwnerReferences);
            Assert.Equal(("apps/v1", "Deployment", "web", deployment.Metadata.Uid, true), (owner.ApiVersion, owner.Kind, owner.Name, owner.Uid, owner.Controller));
            Assert.StartsWith($"web-{pod.Metadata.Labels["pod-template-hash"]}-", pod.Metadata.Name, StringComparison.Ordinal);
        });
        var status = (await DeploymentUntilAsync("web", found => found.Status?.Replicas == 2)).Status;
        Assert.Equal((1L, 2, 0, 0, 2), (status.ObservedGeneration, status.UpdatedReplicas, status.ReadyReplicas, status.AvailableReplicas, status.UnavailableReplicas));
        Assert.Equal(["Available=False MinimumReplicasUnavailable", "Progressing=True ReplicaSetUpdated"], status.Conditions.Select(condition => $"{condition.Type}={condition.Status} {condition.Reason}"));

        await Task.WhenAll(pods.Select((pod, index) => SetReadyAsync(pod, $"127.90.0.{index + 1}")));

        status = (await DeploymentUntilAsync("web", found => found.Status.AvailableReplicas == 2)).Status;
        Assert.Equal((2, 2, 0), (status.ReadyReplicas, status.Replicas, status.UnavailableReplicas));
        Assert.Equal(["Available=True MinimumReplicasAvailable", "Progressing=True NewReplicaSetAvailable"], status.Conditions.Select(condition => $"{condition.Type}={condition.Status} {condition.Reason}"));
    }

    [Fact]
    public async Task Deployment_ScaledDown_KeepsTheReadyPod()
    {
        await Client.CreateAsync(Deployment("web", 3), CancellationToken.None);
        var pods = await PodsAsync("web", 3);
        await SetReadyAsync(pods[1], "127.90.1.1");
        // The controller's own watch brings it the news.
        await DeploymentUntilAsync("web", found => found.Status?.AvailableReplicas == 1);

        await PatchAsync("web", """{"spec":{"replicas":1}}""");

        Assert.Equal(pods[1].Metadata.Name, Assert.Single(await PodsAsync("web", 1)).Metadata.Name);
    }

    [Fact]
    public async Task Deployment_TemplateChanged_OldPodGoesWhenNewIsReady()
    {
        await Client.CreateAsync(Deployment("web", 1), CancellationToken.None);
        var old = Assert.Single(await PodsAsync("web", 1));
        await SetReadyAsync(old, "127.90.2.1");
        await DeploymentUntilAsync("web", found => found.Status?.AvailableReplicas == 1);

        await PatchAsync("web", """{"spec":{"template":{"metadata":{"annotations":{"version":"2"}}}}}""");
        var both = await PodsAsync("web", 2);
        var replacement = both.Single(pod => pod.Metadata.Uid != old.Metadata.Uid);
        await DeploymentUntilAsync("web", found => found.Status is { Replicas: 2, UpdatedReplicas: 1, AvailableReplicas: 1 } && found.Status.ObservedGeneration == found.Metadata.Generation);
        await SetReadyAsync(replacement, "127.90.2.2");

        Assert.Equal(replacement.Metadata.Name, Assert.Single(await PodsAsync("web", 1)).Metadata.Name);
        Assert.Equal("2", replacement.Metadata.Annotations["version"]);
        await DeploymentUntilAsync("web", found => found.Status is { Replicas: 1, UpdatedReplicas: 1, AvailableReplicas: 1 });
    }

    [Fact]
    public async Task Service_WithSelector_GetsSliceAndEndpointsOfItsPods()
    {
        var service = await Client.CreateAsync(Service("web", "web"), CancellationToken.None);
        var empty = await SliceUntilAsync("web", _ => true);
        Assert.Empty(empty.Endpoints ?? []);
        await Client.CreateAsync(Deployment("web", 2), CancellationToken.None);
        var pods = await PodsAsync("web", 2);

        await SetReadyAsync(pods[0], "127.90.3.1");
        await SetReadyAsync(pods[1], "127.90.3.2", ready: false);

        var slice = await SliceUntilAsync("web", found => found.Endpoints?.Count == 2);
        Assert.Equal(empty.Metadata.Name, slice.Metadata.Name);
        Assert.Equal(("web", "endpointslice-controller.k8s.io", "copied"), (slice.Metadata.Labels["kubernetes.io/service-name"], slice.Metadata.Labels["endpointslice.kubernetes.io/managed-by"], slice.Metadata.Labels["own"]));
        Assert.Equal(service.Metadata.Uid, Assert.Single(slice.Metadata.OwnerReferences).Uid);
        Assert.Equal(["http:8012/TCP", "named:9090/TCP"], slice.Ports.Select(port => $"{port.Name}:{port.Port}/{port.Protocol}"));
        var byAddress = slice.Endpoints.ToDictionary(endpoint => Assert.Single(endpoint.Addresses));
        Assert.Equal((true, true, false), Conditions(byAddress["127.90.3.1"]));
        Assert.Equal((false, false, false), Conditions(byAddress["127.90.3.2"]));
        Assert.Equal(("Pod", pods[0].Metadata.Name, pods[0].Metadata.Uid), (byAddress["127.90.3.1"].TargetRef.Kind, byAddress["127.90.3.1"].TargetRef.Name, byAddress["127.90.3.1"].TargetRef.Uid));
        var endpoints = await Eventually.NotNullAsync(async () => await Client.FindAsync<V1Endpoints>(Key("web"), CancellationToken.None) is { Subsets: [{ Addresses.Count: 1, NotReadyAddresses.Count: 1 }] } found ? found : null, RunningPods.Limit);
        Assert.Equal("127.90.3.1", endpoints.Subsets[0].Addresses[0].Ip);
    }

    [Fact]
    public async Task Service_PodIsDeleted_EndpointTerminatesThenGoes()
    {
        await Client.CreateAsync(Service("web", "web"), CancellationToken.None);
        var pod = await Client.CreateAsync(new V1Pod { Metadata = Named("pod", "web"), Spec = Template("web").Spec }, CancellationToken.None);
        await SetReadyAsync(pod, "127.90.4.1", node: true);
        await SliceUntilAsync("web", found => found.Endpoints is [{ Conditions.Ready: true }]);

        await Client.DeleteAsync<V1Pod>(Key("pod"), new V1DeleteOptions { GracePeriodSeconds = 30 }, CancellationToken.None);

        var going = await SliceUntilAsync("web", found => found.Endpoints is [{ Conditions.Terminating: true }]);
        Assert.Equal((false, true, true), Conditions(going.Endpoints[0]));
        await Client.DeleteAsync<V1Pod>(Key("pod"), new V1DeleteOptions { GracePeriodSeconds = 0 }, CancellationToken.None);
        await SliceUntilAsync("web", found => found.Endpoints is null or { Count: 0 });
    }

    [Fact]
    public async Task Service_WithoutSelector_MirrorsItsEndpoints()
    {
        var service = Service("outside", "none");
        service.Spec.Selector = null;
        await Client.CreateAsync(service, CancellationToken.None);
        await Client.CreateAsync(new V1Endpoints
        {
            Metadata = Named("outside", "outside"),
            Subsets = [new V1EndpointSubset { Addresses = [new V1EndpointAddress { Ip = "10.9.8.7" }], Ports = [new Corev1EndpointPort { Name = "http", Port = 8012 }] }],
        }, CancellationToken.None);

        var slice = await SliceUntilAsync("outside", found => found.Endpoints?.Count == 1);
        Assert.Equal("endpointslicemirroring-controller.k8s.io", slice.Metadata.Labels["endpointslice.kubernetes.io/managed-by"]);
        Assert.Equal(("10.9.8.7", "http:8012"), (slice.Endpoints[0].Addresses[0], $"{slice.Ports[0].Name}:{slice.Ports[0].Port}"));

        var patch = """{"subsets":[{"addresses":[{"ip":"10.9.8.6"}],"ports":[{"name":"http","port":8013}]}]}""";
        await Client.PatchAsync<V1Endpoints>(Key("outside"), new V1Patch(patch, V1Patch.PatchType.MergePatch), null, CancellationToken.None);

        await SliceUntilAsync("outside", found => found.Endpoints[0].Addresses[0] == "10.9.8.6" && found.Ports[0].Port == 8013);
    }

    [Fact]
    public async Task Service_Deleted_SlicesAndEndpointsGo()
    {
        await Client.CreateAsync(Service("web", "web"), CancellationToken.None);
        await SliceUntilAsync("web", _ => true);

        await Client.DeleteAsync<V1Service>(Key("web"), CancellationToken.None);

        await Eventually.TrueAsync(async () => (await SlicesAsync("web")).Count == 0 && await Client.FindAsync<V1Endpoints>(Key("web"), CancellationToken.None) is null, RunningPods.Limit);
    }

    [Fact]
    public async Task Slice_ChangedByAnother_IsPutRight()
    {
        await Client.CreateAsync(Service("web", "web"), CancellationToken.None);
        var slice = await SliceUntilAsync("web", _ => true);

        var patch = """{"metadata":{"labels":{"own":"wrong"}}}""";
        await Client.PatchAsync<V1EndpointSlice>(Key(slice.Metadata.Name), new V1Patch(patch, V1Patch.PatchType.MergePatch), null, CancellationToken.None);
        await SliceUntilAsync("web", found => found.Metadata.Labels["own"] == "copied" && found.Metadata.ResourceVersion != slice.Metadata.ResourceVersion);
        await Client.DeleteAsync<V1EndpointSlice>(Key(slice.Metadata.Name), CancellationToken.None);

        await SliceUntilAsync("web", found => found.Metadata.Uid != slice.Metadata.Uid);
    }

    [Fact]
    public async Task Deployment_WithRunner_ReachesServingSlice()
    {
        var runner = await RunningPods.StartAsync(Client, "127.80.0.0/16");
        await using var _ = runner;
        var deployment = Deployment("web", 1);
        deployment.Spec.Template.Spec.NodeName = runner.Node;
        await Client.CreateAsync(Service("web", "web"), CancellationToken.None);
        await Client.CreateAsync(deployment, CancellationToken.None);

        var slice = await SliceUntilAsync("web", found => found.Endpoints is [{ Conditions.Ready: true }]);
        Assert.StartsWith("127.80.", slice.Endpoints[0].Addresses[0], StringComparison.Ordinal);
        await PatchAsync("web", """{"spec":{"replicas":0}}""");

        await SliceUntilAsync("web", found => found.Endpoints is null or { Count: 0 });
        await PodsAsync("web", 0);
    }

    private static (bool?, bool?, bool?) Conditions(V1Endpoint endpoint) => (endpoint.Conditions.Ready, endpoint.Conditions.Serving, endpoint.Conditions.Terminating);

    private static V1PodTemplateSpec Template(string app) => new()
    {
        Metadata = new V1ObjectMeta { Labels = new Dictionary<string, string> { ["app"] = app } },
        Spec = new V1PodSpec
        {
            TerminationGracePeriodSeconds = 1,
            Containers = [new V1Container { Name = "main", Image = "none", Command = ["sleep", "1000"], Ports = [new V1ContainerPort { Name = "metrics", ContainerPort = 9090 }] }],
        },
    };

    private V1Deployment Deployment(string name, int replicas) => new()
    {
        Metadata = Named(name, name),
        Spec = new V1DeploymentSpec { Replicas = replicas, Selector = new V1LabelSelector { MatchLabels = new Dictionary<string, string> { ["app"] = name } }, Template = Template(name) },
    };

    private V1Service Service(string name, string app) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = _namespace, Labels = new Dictionary<string, string> { ["own"] = "copied" } },
        Spec = new V1ServiceSpec
        {
            Selector = new Dictionary<string, string> { ["app"] = app },
            Ports = [new V1ServicePort { Name = "http", Port = 80, TargetPort = 8012 }, new V1ServicePort { Name = "named", Port = 81, TargetPort = "metrics" }],
        },
    };

    private V1ObjectMeta Named(string name, string app) => new() { Name = name, NamespaceProperty = _namespace, Labels = new Dictionary<string, string> { ["app"] = app } };

    private ObjectKey Key(string name) => new(_namespace, name);

    private Task<V1Deployment> PatchAsync(string name, string patch) =>
        Client.PatchAsync<V1Deployment>(Key(name), new V1Patch(patch, V1Patch.PatchType.MergePatch), null, CancellationToken.None);

    private async Task<IReadOnlyList<V1Pod>> PodsAsync(string app, int count) => await Eventually.NotNullAsync(
        async () => (await Client.ListAsync<V1Pod>(new ObjectQuery(_namespace, $"app={app}"), null, CancellationToken.None)).Items is var items && items.Count == count ? items : null, RunningPods.Limit);

    private Task<V1Deployment> DeploymentUntilAsync(string name, Func<V1Deployment, bool> condition) => Eventually.NotNullAsync(
        async () => await Client.FindAsync<V1Deployment>(Key(name), CancellationToken.None) is { } found && condition(found) ? found : null, RunningPods.Limit);

    private async Task<IReadOnlyList<V1EndpointSlice>> SlicesAsync(string service) =>
        (await Client.ListAsync<V1EndpointSlice>(new ObjectQuery(_namespace, $"kubernetes.io/service-name={service}"), null, CancellationToken.None)).Items;

    private Task<V1EndpointSlice> SliceUntilAsync(string service, Func<V1EndpointSlice, bool> condition) =>
        Eventually.NotNullAsync(async () => (await SlicesAsync(service)).SingleOrDefault(condition), RunningPods.Limit);

    private async Task SetReadyAsync(V1Pod pod, string address, bool ready = true, bool node = false)
    {
        if (node)
        {
            var binding = new V1Binding { Metadata = new V1ObjectMeta { Name = pod.Metadata.Name, NamespaceProperty = _namespace }, Target = new V1ObjectReference { Kind = "Node", Name = "somewhere" } };
            await Client.CreateSubresourceAsync<V1Pod, V1Binding>(Key(pod.Metadata.Name), "binding", binding, CancellationToken.None);
        }

        var patch = $$$"""{"status":{"phase":"Running","podIP":"{{{address}}}","podIPs":[{"ip":"{{{address}}}"}],"conditions":[{"type":"Ready","status":"{{{ready}}}"}]}}""";
        await Client.PatchAsync<V1Pod>(Key(pod.Metadata.Name), new V1Patch(patch, V1Patch.PatchType.MergePatch), "status", CancellationToken.None);
    }
}
