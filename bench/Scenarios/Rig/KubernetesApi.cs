using System.Diagnostics;
using System.Globalization;
using k8s.Models;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Crds;
using Knative.Xds.Sandbox.Api;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>The Kubernetes API of a scenario: a real etcd and kube-apiserver where present, else the embedded one in this process.</summary>
internal sealed class KubernetesApi : IAsyncDisposable
{
    private readonly Process? _cluster;
    private readonly SandboxApi? _embedded;

    private KubernetesApi(Process? cluster, SandboxApi? embedded, string kubeconfig)
    {
        (_cluster, _embedded, Kubeconfig) = (cluster, embedded, kubeconfig);
        Client = KubeClient.Create(new KubeClientOptions { Kubeconfig = kubeconfig, UserAgent = "kxds-scenarios" });
    }

    /// <summary>What a result calls it.</summary>
    public string Name => _cluster is null ? "embedded" : "kube-apiserver";

    /// <summary>Path of a kubeconfig with an administrator's rights.</summary>
    public string Kubeconfig { get; }

    /// <summary>A client with an administrator's rights.</summary>
    public KubeClient Client { get; }

    /// <summary>Starts the API and brings the CRDs to it.</summary>
    public static async Task<KubernetesApi> StartAsync(string directory, CancellationToken cancellationToken)
    {
        var api = OwnNetwork.IsEntered && Tools.Find("kube-apiserver") is not null && Tools.Find("etcd") is not null && Tools.Find("kubectl") is not null
            ? await StartRealAsync(directory, cancellationToken)
            : await NewEmbeddedAsync(directory, cancellationToken);
        await CrdInstaller.EnsureAsync(api.Client, cancellationToken);
        // The replicas' leases are in there.
        await api.Client.ApplyAsync(new V1Namespace { ApiVersion = "v1", Kind = "Namespace", Metadata = new V1ObjectMeta { Name = SystemNames.Namespace } }, cancellationToken);
        return api;
    }

    /// <summary>Starts the embedded API whatever is present, and brings the CRDs to it.</summary>
    public static async Task<KubernetesApi> StartEmbeddedAsync(string directory, CancellationToken cancellationToken)
    {
        var api = await NewEmbeddedAsync(directory, cancellationToken);
        await CrdInstaller.EnsureAsync(api.Client, cancellationToken);
        return api;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_cluster is not null)
        {
            _cluster.StandardInput.Close();
            await _cluster.WaitForExitAsync();
            _cluster.Dispose();
        }

        if (_embedded is not null)
        {
            await _embedded.DisposeAsync();
        }
    }

    private static async Task<KubernetesApi> StartRealAsync(string directory, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "real-cluster"));
        start.ArgumentList.Add(directory);
        foreach (var port in FreePorts.Take(3))
        {
            start.ArgumentList.Add(port.ToString(CultureInfo.InvariantCulture));
        }

        var process = Process.Start(start)!;
        return await process.StandardOutput.ReadLineAsync(cancellationToken) == "ready"
            ? new(process, null, Path.Combine(directory, "admin.kubeconfig"))
            : throw new InvalidOperationException($"the real API did not start: see {directory}");
    }

    private static async Task<KubernetesApi> NewEmbeddedAsync(string directory, CancellationToken cancellationToken)
    {
        var api = await SandboxApi.StartAsync(new SandboxApiOptions(), null, TimeProvider.System, cancellationToken);
        var kubeconfig = Path.Combine(directory, "embedded.kubeconfig");
        await File.WriteAllTextAsync(kubeconfig, api.KubeconfigYaml, cancellationToken);
        return new(null, api, kubeconfig);
    }
}
