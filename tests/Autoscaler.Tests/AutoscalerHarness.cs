using System.Globalization;
using System.Net.WebSockets;
using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;
using Knative.Xds.Core.Wire;
using Knative.Xds.Hosting;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Crds;
using Knative.Xds.Sandbox.Api;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Knative.Xds.Autoscaler.Tests;

/// <summary>A whole autoscaler on an embedded Kubernetes API, with a clock that moves as the test looks.</summary>
internal sealed class AutoscalerHarness : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly SandboxApi _api;
    private readonly WebApplication _app;
    private readonly string _kubeconfig;

    private AutoscalerHarness(SandboxApi api, KubeClient client, WebApplication app, SteppingTime time, string kubeconfig) =>
        (_api, Client, _app, Time, _kubeconfig) = (api, client, app, time, kubeconfig);

    public KubeClient Client { get; }
    public SteppingTime Time { get; }
    public FakeLogCollector Logs => _app.Services.GetFakeLogCollector();

    public static Task<AutoscalerHarness> StartAsync(params (string Key, string Value)[] config) => StartAsync(null, config);

    /// <summary>The same with everything that the autoscaler asks of the API going through a handler.</summary>
    public static async Task<AutoscalerHarness> StartAsync(DelegatingHandler? between, params (string Key, string Value)[] config)
    {
        var token = TestContext.Current.CancellationToken;
        var api = await SandboxApi.StartAsync(new SandboxApiOptions(), null, TimeProvider.System, token);
        var kubeconfig = Path.Combine(Path.GetTempPath(), $"kxds-autoscaler-{Guid.NewGuid():N}.yaml");
        await File.WriteAllTextAsync(kubeconfig, api.KubeconfigYaml, token);
        var client = KubeClient.Create(new KubeClientOptions { Kubeconfig = kubeconfig });
        await CrdInstaller.EnsureAsync(client, token);
        await client.CreateAsync(
            new V1ConfigMap
            {
                Metadata = new V1ObjectMeta { Name = SystemNames.ConfigAutoscaler, NamespaceProperty = SystemNames.Namespace },
                Data = config.ToDictionary(entry => entry.Key, entry => entry.Value),
            },
            token);
        var time = new SteppingTime(DateTimeOffset.UnixEpoch.AddYears(56));
        var options = new AutoscalerOptions { Kubeconfig = kubeconfig, AdminListen = "127.0.0.1:0", Listen = "127.0.0.1:0", LeaderElection = false };
        var app = AutoscalerApp.Create(options, builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(time);
            if (between is not null)
            {
                between.InnerHandler = new SocketsHttpHandler { UseProxy = false };
                builder.Services.AddSingleton(KubeClients.Through(between, api.Address));
            }

            builder.Logging.ClearProviders().AddFakeLogging();
        });
        await app.StartAsync(token);
        return new AutoscalerHarness(api, client, app, time, kubeconfig);
    }

    /// <summary>Waits until <paramref name="condition"/> holds, with time passing ten times as fast as it does.</summary>
    public async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    Time.Advance(TimeSpan.FromMilliseconds(100));
                    return await condition();
                },
                Patience);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{what} did not come about. The log says:\n{string.Join('\n', Logs.GetSnapshot().TakeLast(40).Select(entry => entry.Message))}");
        }
    }

    public bool HasLogged(string message) => Logs.GetSnapshot().Any(entry => entry.Message == message);

    public Task UntilReplicasAsync(string revision, int replicas) =>
        UntilAsync(async () => (await FindAsync<V1Deployment>($"{revision}-deployment"))?.Spec.Replicas == replicas, $"{replicas} replicas");

    public Task UntilActiveAsync(string revision, string status, string? reason) =>
        UntilAsync(
            async () => (await FindAsync<PodAutoscaler>(revision))?.Status?.Conditions?.Any(c => c.Type == "Active" && c.Status == status && c.Reason == reason) == true,
            $"Active {status} {reason}");

    public Task<T?> FindAsync<T>(string name) where T : class, IKubernetesObject<V1ObjectMeta> =>
        Client.FindAsync<T>(new ObjectKey("default", name), TestContext.Current.CancellationToken);

    public async Task CreateRevisionAsync(string name, params (string Key, string Value)[] annotations)
    {
        var labels = new Dictionary<string, string> { [Labels.Revision] = name, [Labels.RevisionUid] = name + "-uid", [Labels.Configuration] = "c", [Labels.Service] = name + "-s" };
        await CreateAsync(new V1Deployment
        {
            Metadata = Meta($"{name}-deployment", labels),
            Spec = new V1DeploymentSpec
            {
                Replicas = 1,
                Selector = new V1LabelSelector { MatchLabels = new Dictionary<string, string> { [Labels.RevisionUid] = name + "-uid" } },
                Template = new V1PodTemplateSpec
                {
                    Metadata = new V1ObjectMeta { Labels = labels },
                    Spec = new V1PodSpec { Containers = [new V1Container { Name = "user-container", Image = "kxds.dev/hello" }] },
                },
            },
        });
        var pa = new PodAutoscaler
        {
            Metadata = Meta(name, labels),
            Spec = new PodAutoscalerSpec
            {
                ProtocolType = "http1",
                Reachability = "Reachable",
                ScaleTargetRef = new ScaleTargetRef { ApiVersion = "apps/v1", Kind = "Deployment", Name = $"{name}-deployment" },
            },
        };
        pa.Metadata.Annotations = annotations.ToDictionary(entry => entry.Key, entry => entry.Value);
        pa.Metadata.Annotations.TryAdd(Labels.AutoscalerClass, Labels.KpaClass);
        await CreateAsync(pa);
    }

    public async Task CreateReadyPodAsync(string revision, string name, string ip)
    {
        var pod = await CreateAsync(new V1Pod
        {
            Metadata = Meta(name, new Dictionary<string, string> { [Labels.Revision] = revision, [Labels.RevisionUid] = revision + "-uid" }),
            Spec = new V1PodSpec { Containers = [new V1Container { Name = "user-container", Image = "kxds.dev/hello" }] },
        });
        pod.Status = new V1PodStatus
        {
            Phase = "Running",
            PodIP = ip,
            Conditions = [new V1PodCondition { Type = "Ready", Status = "True" }],
        };
        await Client.ReplaceStatusAsync(pod, TestContext.Current.CancellationToken);
    }

    public Task CreateSliceAsync(string space, string service, string ip, params (string Name, int Port)[] ports) =>
        CreateAsync(new V1EndpointSlice
        {
            Metadata = new V1ObjectMeta { Name = $"{service}-{ip}", NamespaceProperty = space, Labels = new Dictionary<string, string> { [Labels.SliceService] = service } },
            AddressType = "IPv4",
            Endpoints = [new V1Endpoint { Addresses = [ip], Conditions = new V1EndpointConditions { Ready = true } }],
            Ports = [.. ports.Select(port => new Discoveryv1EndpointPort { Name = port.Name, Port = port.Port, Protocol = "TCP" })],
        });

    public Task DeleteAsync<T>(string name) where T : class, IKubernetesObject<V1ObjectMeta> =>
        Client.DeleteAsync<T>(new ObjectKey("default", name), TestContext.Current.CancellationToken);

    public async Task PushAsync(string revision, double concurrency, int messages = 1)
    {
        using var socket = await ConnectAsync();
        var stat = new Stat { PodName = "activator", AverageConcurrentRequests = concurrency, RequestCount = concurrency };
        StatMessage[] batch = [.. Enumerable.Repeat(new StatMessage(new ObjectKey("default", revision), stat), messages)];
        await socket.SendAsync(StatCodec.EncodeBatch(batch), WebSocketMessageType.Binary, true, TestContext.Current.CancellationToken);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, TestContext.Current.CancellationToken);
    }

    public T Get<T>() where T : class => _app.Services.GetRequiredService<T>();

    /// <summary>What the metrics say now.</summary>
    public async Task<string> MetricsAsync()
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(AdminAddress, "metrics"), TestContext.Current.CancellationToken);
    }

    /// <summary>Whether an Event of this reason is about the object.</summary>
    public async Task<bool> HasEventAsync(string name, string reason, string space = "default")
    {
        var page = await Client.ListAsync<Corev1Event>(new ObjectQuery(space), null, TestContext.Current.CancellationToken);
        return page.Items.Any(item => item.Reason == reason && item.InvolvedObject.Name == name);
    }

    public Uri StatsAddress(string scheme) => new(string.Create(CultureInfo.InvariantCulture, $"{scheme}://{_app.BoundEndPoints()[1]}/"));

    public Uri AdminAddress => new(string.Create(CultureInfo.InvariantCulture, $"http://{_app.BoundEndPoints()[0]}/"));

    public async Task<ClientWebSocket> ConnectAsync()
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(StatsAddress("ws"), TestContext.Current.CancellationToken);
        return socket;
    }

    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Client.Dispose();
        await _api.DisposeAsync();
        File.Delete(_kubeconfig);
    }

    private static V1ObjectMeta Meta(string name, Dictionary<string, string> labels) =>
        new() { Name = name, NamespaceProperty = "default", Labels = new Dictionary<string, string>(labels) };

    private Task<T> CreateAsync<T>(T value) where T : class, IKubernetesObject<V1ObjectMeta> => Client.CreateAsync(value, TestContext.Current.CancellationToken);
}
