using System.Globalization;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Sandbox.Composition;
using Knative.Xds.Testing;

namespace Knative.Xds.EndToEnd;

/// <summary>A sandbox under test, and what tests ask of it.</summary>
internal sealed class RunningSandbox(SandboxSystem system, FileLogging log, DirectoryInfo run) : IAsyncDisposable
{
    public const string Blue = "hello-00001";
    public const string Green = "hello-00002";
    public const string Host = "hello.default.example.com";
    public const string BlueHost = "blue-hello.default.example.com";
    private static readonly ObjectKey IngressKey = new("default", "hello");

    public SandboxSystem System { get; } = system;

    public HttpClient CreateClient() =>
        new(new SocketsHttpHandler { MaxConnectionsPerServer = 200 }) { BaseAddress = System.GatewayAddress, Timeout = TimeSpan.FromSeconds(60) };

    public async Task WaitUntilReadyAsync() => await Eventually.TrueAsync(
        () => System.View.Current().Ingresses.Any(ingress => ingress is { Name: "hello", Ready: "True" }), TimeSpan.FromSeconds(60));

    public Task WaitForZeroAsync(string revision, CancellationToken cancellationToken) => Eventually.TrueAsync(
        async () =>
        {
            var deployment = await System.Client.FindAsync<V1Deployment>(DeploymentOf(revision), cancellationToken);
            return deployment?.Spec.Replicas == 0 && (await PodsAsync(revision, cancellationToken)).Count == 0;
        },
        SandboxFixture.ZeroLimit);

    public Task WaitForReadyPodAsync(string revision) => Eventually.TrueAsync(
        () => System.View.Current().Revisions.Any(view => view.Key.Name == revision && view.ReadyPods > 0), TimeSpan.FromSeconds(60));

    /// <summary>Takes the pods away under the autoscaler's feet and returns when the last one that was there has gone.</summary>
    public async Task ScaleToZeroByHandAsync(string revision, CancellationToken cancellationToken)
    {
        var before = (await PodsAsync(revision, cancellationToken)).Select(pod => pod.Name()).ToHashSet();
        await Eventually.TrueAsync(
            async () =>
            {
                var left = (await PodsAsync(revision, cancellationToken)).Where(pod => before.Contains(pod.Name())).ToList();
                if (left.Exists(pod => pod.Metadata.DeletionTimestamp is null))
                {
                    // The autoscaler, asked by the activator, may take it back before the Deployment's controller has seen it.
                    await System.Client.PatchAsync<V1Deployment>(DeploymentOf(revision), new V1Patch("""{"spec":{"replicas":0}}""", V1Patch.PatchType.MergePatch), "scale", cancellationToken);
                }

                return left.Count == 0;
            },
            TimeSpan.FromSeconds(60));
    }

    private async Task<IReadOnlyList<V1Pod>> PodsAsync(string revision, CancellationToken cancellationToken) =>
        (await System.Client.ListAsync<V1Pod>(new ObjectQuery("default", $"{Labels.Revision}={revision}"), null, cancellationToken)).Items;

    public Task SplitAsync(int blue, CancellationToken cancellationToken)
    {
        var patch = string.Create(
            CultureInfo.InvariantCulture,
            $$"""[{"op":"replace","path":"/spec/rules/0/http/paths/0/splits/0/percent","value":{{blue}}},{"op":"replace","path":"/spec/rules/0/http/paths/0/splits/1/percent","value":{{100 - blue}}}]""");
        return System.Client.PatchAsync<KIngress>(IngressKey, new V1Patch(patch, V1Patch.PatchType.JsonPatch), null, cancellationToken);
    }

    public static ObjectKey DeploymentOf(string revision) => new("default", revision + "-deployment");

    /// <summary>Prometheus text of the queue-proxy of the revision's one pod.</summary>
    public async Task<string> QueueMetricsAsync(string revision, CancellationToken cancellationToken)
    {
        var pods = await System.Client.ListAsync<V1Pod>(new ObjectQuery("default", $"{Labels.Revision}={revision}"), null, cancellationToken);
        using var client = new HttpClient();
        return await client.GetStringAsync($"http://{Assert.Single(pods.Items).Status.PodIP}:{Ports.UserMetrics}/metrics", cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await System.DisposeAsync();
        log.Dispose();
        if (Environment.GetEnvironmentVariable("KXDS_KEEP") is null)
        {
            run.Delete(recursive: true);
        }
    }
}
