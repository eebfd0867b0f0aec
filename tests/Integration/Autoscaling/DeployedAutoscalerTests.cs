using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Integration.Api;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Crds;
using Knative.Xds.Sandbox.Processes;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Autoscaling;

/// <summary>deploy/autoscaler.yaml on a real Kubernetes API, and an autoscaler that may do what that file grants and no more.</summary>
public sealed partial class DeployedAutoscalerTests(RealApiServer api) : IClassFixture<RealApiServer>
{
    private const string Hpa = "autoscaled";
    private const string Pushed = "pushed";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly string Manifests = Path.Combine(AppContext.BaseDirectory, "deploy", "autoscaler.yaml");
    private readonly ConcurrentQueue<string> _log = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Manifests_Applied_GrantAllThatAnAutoscalerNeeds()
    {
        await CrdInstaller.EnsureAsync(api.Client, Token);
        var kubectl = new Kubectl(api.Kubeconfig, SystemNames.Namespace);
        Assert.DoesNotContain("exit", await kubectl.RunAsync($"apply -f {Manifests}"), StringComparison.Ordinal);
        await using var processes = new ProcessHost(TimeProvider.System);
        // A real API takes no loopback address into an EndpointSlice: this one leads nowhere.
        using var replica = AutoscalerReplica.Start(processes, await WriteKubeconfigAsync(kubectl), "autoscaler-1", "127.9.63.1", ["--pod-ip", "10.244.0.63"], _log.Enqueue);
        await Eventually.TrueAsync(replica.IsReadyAsync, Patience);
        await BusyRevisions.CreateRevisionAsync(
            api.Client, Pushed, ["127.9.64.1"],
            [
                ("autoscaling.knative.dev/target-burst-capacity", "-1"), ("autoscaling.knative.dev/target", "10"), ("autoscaling.knative.dev/max-scale", "3"),
                ("autoscaling.knative.dev/window", "1s"),
            ],
            Token);
        await CreateHpaRevisionAsync();
        await using var activator = new ReportingActivator([new ObjectKey("default", Pushed)], BusyRevisions.PushedConcurrency, replica.Stats);

        await UntilAsync<V1Deployment>($"{Pushed}-deployment", found => found.Spec.Replicas == 3);
        await UntilAsync<PodAutoscaler>(Pushed, found => found.Status?.DesiredScale == 3);
        await UntilAsync<Metric>(Pushed, found => found.Status?.Conditions is { Count: > 0 });
        await UntilAsync<ServerlessService>(Pushed, found => found.Status?.ServiceName == Pushed);
        await UntilAsync<V1Service>(Pushed, _ => true);
        await UntilAsync<V1Service>($"{Pushed}-private", _ => true);
        await UntilAsync<V1Endpoints>(Pushed, _ => true);
        await UntilAsync<V2HorizontalPodAutoscaler>(Hpa, _ => true);
        await UntilAsync<V1Lease>("autoscaler-bucket-00-of-01", found => found.Spec.HolderIdentity == "autoscaler-1_10.244.0.63", SystemNames.Namespace);
        await UntilAsync<V1Service>("autoscaler-bucket-00-of-01", _ => true, SystemNames.Namespace);
        await UntilAsync<V1EndpointSlice>("autoscaler-bucket-00-of-01", found => found.Endpoints.Count == 1, SystemNames.Namespace);
        await Eventually.TrueAsync(
            async () => (await api.Client.ListAsync<Corev1Event>(new ObjectQuery("default"), null, Token)).Items.Any(item => item is { Reason: "InvalidAnnotations", InvolvedObject.Name: Pushed }),
            Patience);
        Assert.DoesNotContain(_log, line => line.Contains("forbidden", StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("get secrets")]
    [InlineData("delete deployments.apps")]
    [InlineData("update deployments.apps")]
    [InlineData("create pods")]
    [InlineData("update podautoscalers.autoscaling.internal.knative.dev")]
    public async Task Manifests_Applied_GrantNothingElse(string what)
    {
        var kubectl = new Kubectl(api.Kubeconfig, SystemNames.Namespace);
        await kubectl.RunAsync($"apply -f {Manifests}");

        Assert.StartsWith("exit 1\nno", await kubectl.RunAsync($"auth can-i {what} --all-namespaces --as system:serviceaccount:{SystemNames.Namespace}:kxds-autoscaler"), StringComparison.Ordinal);
    }

    private async Task<string> WriteKubeconfigAsync(Kubectl kubectl)
    {
        var token = (await kubectl.RunAsync("create token kxds-autoscaler")).Trim();
        var path = Path.Combine(api.LogFolder, "autoscaler.kubeconfig");
        await File.WriteAllTextAsync(path, TokenField().Replace(await File.ReadAllTextAsync(api.Kubeconfig, Token), $"token: {token}"), Token);
        return path;
    }

    private async Task CreateHpaRevisionAsync()
    {
        var pa = new PodAutoscaler
        {
            Metadata = new V1ObjectMeta { Name = Hpa, NamespaceProperty = "default", Annotations = new Dictionary<string, string> { [Labels.AutoscalerClass] = Labels.HpaClass, ["autoscaling.knative.dev/target"] = "70" } },
            Spec = new PodAutoscalerSpec { ProtocolType = "http1", ScaleTargetRef = new ScaleTargetRef { ApiVersion = "apps/v1", Kind = "Deployment", Name = $"{Pushed}-deployment" } },
        };
        await api.Client.CreateAsync(pa, Token);
    }

    private async Task UntilAsync<T>(string name, Func<T, bool> condition, string space = "default") where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            await Eventually.TrueAsync(async () => await api.Client.FindAsync<T>(new ObjectKey(space, name), Token) is { } found && condition(found), Patience);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{typeof(T).Name} {space}/{name} did not become so:\n{string.Join('\n', _log.TakeLast(40))}");
        }
    }

    [GeneratedRegex("token: [^}\\s]+")]
    private static partial Regex TokenField();
}
