using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Sandbox.Pods;
using Knative.Xds.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Knative.Xds.Sandbox.Tests.Pods;

/// <summary>A runner on some API, in a namespace of the test's own.</summary>
internal sealed class RunningPods : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _run;

    private RunningPods(KubeClient client, string ns, PodRunnerOptions options)
    {
        (Client, Namespace, Node) = (client, ns, options.NodeName);
        _run = new PodRunner(client, options, TimeProvider.System, NullLoggerFactory.Instance).RunAsync(_stop.Token);
    }

    public KubeClient Client { get; }

    public string Namespace { get; }

    public string Node { get; }

    /// <summary>Starts a runner with a node, a network and a namespace that no other test has.</summary>
    public static async Task<RunningPods> StartAsync(KubeClient client, string podNetwork, bool claim = false)
    {
        var id = Guid.NewGuid().ToString("n")[..8];
        await client.CreateAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = $"pods-{id}" } }, CancellationToken.None);
        return new RunningPods(client, $"pods-{id}", new PodRunnerOptions
        {
            NodeName = $"node-{id}",
            PodNetwork = podNetwork,
            ClaimUnscheduled = claim,
            Images = { ["kxds.dev/sleeper"] = ["sleep", "1000"] },
        });
    }

    /// <summary>A pod of this node with one container that runs a shell script.</summary>
    public V1Pod Pod(string name, string script, Action<V1Container>? more = null)
    {
        var container = new V1Container { Name = "main", Image = "none", Command = ["sh", "-c", script] };
        more?.Invoke(container);
        return new V1Pod
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = Namespace, Labels = new Dictionary<string, string> { ["app"] = name } },
            Spec = new V1PodSpec { NodeName = Node, Containers = [container], TerminationGracePeriodSeconds = 5 },
        };
    }

    public Task<V1Pod> CreateAsync(V1Pod pod) => Client.CreateAsync(pod, CancellationToken.None);

    public Task<V1Pod?> FindAsync(string name) => Client.FindAsync<V1Pod>(new ObjectKey(Namespace, name), CancellationToken.None);

    /// <summary>Waits until a pod is as the test wants it.</summary>
    public Task<V1Pod> UntilAsync(string name, Func<V1Pod, bool> condition) =>
        Eventually.NotNullAsync(async () => await FindAsync(name) is { } pod && condition(pod) ? pod : null, Limit);

    /// <summary>Waits until a pod is gone.</summary>
    public Task UntilGoneAsync(string name) => Eventually.TrueAsync(async () => await FindAsync(name) is null, Limit);

    public Task DeleteAsync(string name, V1DeleteOptions? options = null) => Client.DeleteAsync<V1Pod>(new ObjectKey(Namespace, name), options, CancellationToken.None);

    /// <summary>Ends the runner, and waits for its end.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _run;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
    }
}
