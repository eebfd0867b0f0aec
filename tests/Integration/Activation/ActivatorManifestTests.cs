using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Integration.Api;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Crds;
using Knative.Xds.Testing;

namespace Knative.Xds.Integration.Activation;

/// <summary>The manifests of activator and queue-proxy, in a real kube-apiserver.</summary>
public sealed class ActivatorManifestTests(RealApiServer api) : IClassFixture<RealApiServer>
{
    private static readonly ObjectKey Service = new(SystemNames.Namespace, SystemNames.ActivatorService);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Manifest_AppliedToTheRealApi_HasUpstreamsNamesAndPorts()
    {
        await ApplyAsync("activator.yaml");

        var service = await api.Client.FindAsync<V1Service>(Service, TestContext.Current.CancellationToken);
        Assert.Equal(
            ["http-metrics 9090 9090", "http 80 8012", "http2 81 8013", "https 443 8112"],
            service!.Spec.Ports.Select(port => $"{port.Name} {port.Port} {port.TargetPort}"));
        var deployment = await api.Client.FindAsync<V1Deployment>(new ObjectKey(SystemNames.Namespace, "activator"), TestContext.Current.CancellationToken);
        var pod = deployment!.Spec.Template.Spec;
        Assert.Equal(service.Spec.Selector, deployment.Spec.Template.Metadata.Labels);
        Assert.Equal(600, pod.TerminationGracePeriodSeconds);
        Assert.Equal(
            ("8012", 5, 5, "8012", 10, 12, 15),
            (pod.Containers[0].ReadinessProbe.HttpGet.Port.ToString(), pod.Containers[0].ReadinessProbe.PeriodSeconds, pod.Containers[0].ReadinessProbe.FailureThreshold,
             pod.Containers[0].LivenessProbe.HttpGet.Port.ToString(), pod.Containers[0].LivenessProbe.PeriodSeconds, pod.Containers[0].LivenessProbe.FailureThreshold, pod.Containers[0].LivenessProbe.InitialDelaySeconds));
    }

    [Fact]
    public async Task Manifest_SecondTimeAsADryRun_ChangesNothing()
    {
        await ApplyAsync("activator.yaml");

        var output = await KubectlAsync($"apply --server-side --dry-run=server --field-manager=kxds -f {Path("activator.yaml")}");

        Assert.DoesNotContain("exit ", output, StringComparison.Ordinal);
        Assert.Equal(10, output.Split('\n').Count(line => line.EndsWith("serverside-applied (server dry run)", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task QueueProxyManifest_OverAConfigMapOfUpstream_ReplacesTheImageAlone()
    {
        await ApplyAsync("activator.yaml");
        await api.Client.CreateAsync(
            new V1ConfigMap
            {
                ApiVersion = "v1",
                Kind = "ConfigMap",
                Metadata = new V1ObjectMeta { NamespaceProperty = SystemNames.Namespace, Name = "config-deployment" },
                Data = new Dictionary<string, string> { ["queue-sidecar-image"] = "gcr.io/knative-releases/queue", ["progress-deadline"] = "600s" },
            },
            TestContext.Current.CancellationToken);

        await ApplyAsync("queue-proxy.yaml");

        var map = await api.Client.FindAsync<V1ConfigMap>(new ObjectKey(SystemNames.Namespace, "config-deployment"), TestContext.Current.CancellationToken);
        Assert.Equal(new Dictionary<string, string> { ["queue-sidecar-image"] = "kxds.dev/queue-proxy", ["progress-deadline"] = "600s" }, map!.Data);
    }

    [Fact]
    public async Task Activator_WithTheRightsOfItsServiceAccountAlone_KnowsItsRevisions()
    {
        await ApplyAsync("activator.yaml");
        await CrdInstaller.EnsureAsync(api.Client, TestContext.Current.CancellationToken);
        await api.Client.ApplyAsync(
            new PodAutoscaler
            {
                Metadata = new V1ObjectMeta { NamespaceProperty = "default", Name = "hello-00001" },
                Spec = new PodAutoscalerSpec { ProtocolType = "http1", ScaleTargetRef = new ScaleTargetRef { ApiVersion = "apps/v1", Kind = "Deployment", Name = "hello" } },
            },
            TestContext.Current.CancellationToken);
        var token = (await KubectlAsync("create token kxds-activator")).Trim();
        var kubeconfig = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(api.Kubeconfig)!, "activator.kubeconfig");
        await File.WriteAllTextAsync(kubeconfig, (await File.ReadAllTextAsync(api.Kubeconfig, TestContext.Current.CancellationToken)).Replace("admin-token", token, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await using var autoscaler = await StatSink.StartAsync();

        await using var activator = await ActivatorProcess.StartAsync(kubeconfig, autoscaler.Url, TimeSpan.Zero);

        using var client = new HttpClient();
        client.DefaultRequestHeaders.Add(HeaderNames.RevisionNamespace, "default");
        client.DefaultRequestHeaders.Add(HeaderNames.RevisionName, "hello-00001");
        using var patience = new CancellationTokenSource();
        var held = client.GetAsync(new Uri($"http://127.0.0.1:{activator.Port}/"), patience.Token);
        await Eventually.TrueAsync(async () => await activator.WaitingAsync() == 1, Limit);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => held);
        Assert.DoesNotContain("forbidden", activator.Log, StringComparison.OrdinalIgnoreCase);
    }

    private async Task ApplyAsync(string file)
    {
        var output = await KubectlAsync($"apply --server-side --force-conflicts --field-manager=kxds -f {Path(file)}");
        Assert.False(output.StartsWith("exit ", StringComparison.Ordinal), output);
    }

    private Task<string> KubectlAsync(string arguments) => new Kubectl(api.Kubeconfig, SystemNames.Namespace).RunAsync(arguments);

    private static string Path(string file) => System.IO.Path.Combine(AppContext.BaseDirectory, "deploy", file);
}
