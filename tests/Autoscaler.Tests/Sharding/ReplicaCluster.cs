using System.Net.WebSockets;
using k8s;
using k8s.Models;
using Knative.Xds.Autoscaler.Deciding;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Stats;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Crds;
using Knative.Xds.Sandbox.Api;
using Knative.Xds.Testing;

namespace Knative.Xds.Autoscaler.Tests.Sharding;

/// <summary>An embedded Kubernetes API for several replicas, and what a test asks of it.</summary>
internal sealed class ReplicaCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly SandboxApi _api;
    private readonly KubeClient _client;
    private readonly string _kubeconfig;

    private ReplicaCluster(SandboxApi api, KubeClient client, string kubeconfig) => (_api, _client, _kubeconfig) = (api, client, kubeconfig);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<ReplicaCluster> StartAsync()
    {
        var api = await SandboxApi.StartAsync(new SandboxApiOptions(), null, TimeProvider.System, Token);
        var kubeconfig = Path.Combine(Path.GetTempPath(), $"kxds-replicas-{Guid.NewGuid():N}.yaml");
        await File.WriteAllTextAsync(kubeconfig, api.KubeconfigYaml, Token);
        var client = KubeClient.Create(new KubeClientOptions { Kubeconfig = kubeconfig });
        await CrdInstaller.EnsureAsync(client, Token);
        var config = new Dictionary<string, string> { ["stable-window"] = "6s", ["allow-zero-initial-scale"] = "true", ["scale-to-zero-grace-period"] = "30s" };
        await client.CreateAsync(new V1ConfigMap { Metadata = new V1ObjectMeta { Name = SystemNames.ConfigAutoscaler, NamespaceProperty = SystemNames.Namespace }, Data = config }, Token);
        return new ReplicaCluster(api, client, kubeconfig);
    }

    public Task<Replica> StartReplicaAsync(string ip, int buckets = 1, Action<AutoscalerOptions>? customize = null) => Replica.StartAsync(_kubeconfig, ip, buckets, customize);

    public Task<T?> FindAsync<T>(string name, string space = "default") where T : class, IKubernetesObject<V1ObjectMeta> => _client.FindAsync<T>(new ObjectKey(space, name), Token);

    public Task<T> CreateAsync<T>(T value) where T : class, IKubernetesObject<V1ObjectMeta> => _client.CreateAsync(value, Token);

    public Task WriteStatusAsync<T>(T value) where T : class, IKubernetesObject<V1ObjectMeta> => _client.WriteStatusAsync(value, Token);

    public async Task CreateRevisionAsync(string name, params (string Key, string Value)[] annotations)
    {
        var labels = new Dictionary<string, string> { [Labels.Revision] = name, [Labels.RevisionUid] = name + "-uid", [Labels.Configuration] = "c" };
        await _client.CreateAsync(
            new V1Deployment
            {
                Metadata = new V1ObjectMeta { Name = $"{name}-deployment", NamespaceProperty = "default", Labels = labels },
                Spec = new V1DeploymentSpec
                {
                    Replicas = 0,
                    Selector = new V1LabelSelector { MatchLabels = new Dictionary<string, string> { [Labels.RevisionUid] = name + "-uid" } },
                    Template = new V1PodTemplateSpec { Metadata = new V1ObjectMeta { Labels = labels }, Spec = new V1PodSpec { Containers = [new V1Container { Name = "user-container", Image = "x" }] } },
                },
            },
            Token);
        var pa = new PodAutoscaler
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default", Labels = new Dictionary<string, string>(labels) },
            Spec = new PodAutoscalerSpec { ProtocolType = "http1", Reachability = "Reachable", ScaleTargetRef = new ScaleTargetRef { ApiVersion = "apps/v1", Kind = "Deployment", Name = $"{name}-deployment" } },
        };
        pa.Metadata.Annotations = annotations.Append((Labels.AutoscalerClass, Labels.KpaClass)).ToDictionary(entry => entry.Item1, entry => entry.Item2);
        await _client.CreateAsync(pa, Token);
    }

    public Task UntilReplicasAsync(string revision, int replicas) =>
        Eventually.TrueAsync(async () => (await FindAsync<V1Deployment>($"{revision}-deployment"))?.Spec.Replicas == replicas, Patience);

    public Task UntilDecidedAsync(Replica replica, string revision, int desired) => Eventually.TrueAsync(() => Decider(replica, revision)?.Last is { Valid: true } last && last.Desired == desired, Patience);

    public async Task UntilDecisionsAsync(Replica replica, string revision, int count)
    {
        await Eventually.TrueAsync(() => Decider(replica, revision) is not null, Patience);
        var decider = Decider(replica, revision)!;
        var before = decider.Decisions;
        await Eventually.TrueAsync(() => decider.Decisions >= before + count, Patience);
    }

    public async Task PushAsync(Replica replica, string revision, double concurrency)
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(replica.Stats, Token);
        await socket.SendAsync(Frame(revision, concurrency), WebSocketMessageType.Binary, true, Token);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Token);
    }

    /// <summary>An activator that reports steady load to one replica.</summary>
    public SteadyStats StartLoad(string revision, double concurrency, Replica replica) => new(() => Frame(revision, concurrency), replica.Stats);

    public ScaleWatch WatchScale(string revision) => new(_client, new ObjectKey("default", $"{revision}-deployment"));

    /// <summary>Makes a lease look held by somebody who never renews it.</summary>
    public async Task HoldLeaseAsync(string name, string holder, int seconds)
    {
        var spec = new V1LeaseSpec { HolderIdentity = holder, LeaseDurationSeconds = seconds };
        if (await FindAsync<V1Lease>(name, SystemNames.Namespace) is { } found)
        {
            found.Spec = spec;
            await _client.ReplaceAsync(found, Token);
        }
        else
        {
            await _client.CreateAsync(new V1Lease { Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = SystemNames.Namespace }, Spec = spec }, Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _api.DisposeAsync();
        File.Delete(_kubeconfig);
    }

    private static RevisionDecider? Decider(Replica replica, string revision) => replica.Get<DeciderTable>().Find(new ObjectKey("default", revision));

    private static byte[] Frame(string revision, double concurrency) =>
        StatCodec.EncodeBatch([new StatMessage(new ObjectKey("default", revision), new Stat { PodName = "activator", AverageConcurrentRequests = concurrency, RequestCount = concurrency })]);
}
