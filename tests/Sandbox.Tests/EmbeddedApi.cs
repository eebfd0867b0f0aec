using Knative.Xds.Kube.Client;
using Knative.Xds.Sandbox.Api;

namespace Knative.Xds.Sandbox.Tests;

/// <summary>An embedded API for the tests that share this fixture.</summary>
public sealed class EmbeddedApi : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kxds-embedded-").FullName;
    private SandboxApi? _api;

    public string Kubeconfig => Path.Combine(_folder, "kubeconfig");

    public KubeClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _api = await SandboxApi.StartAsync(new SandboxApiOptions(), null, TimeProvider.System, CancellationToken.None);
        await File.WriteAllTextAsync(Kubeconfig, _api.KubeconfigYaml);
        Client = KubeClient.Create(new KubeClientOptions { Kubeconfig = Kubeconfig });
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _api!.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
