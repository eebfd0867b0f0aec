using Knative.Xds.Kube.Crds;
using Knative.Xds.Sandbox.Api;

namespace Knative.Xds.Integration.Api;

/// <summary>The embedded API.</summary>
public sealed class SandboxUnderTest : IApiUnderTest, IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kxds-sandbox-api-").FullName;
    private SandboxApi? _api;
    private HttpClient? _http;

    public HttpClient Http => _http!;

    public string Kubeconfig => Path.Combine(_folder, "kubeconfig");

    public async ValueTask InitializeAsync()
    {
        var options = new SandboxApiOptions { Crds = [.. CrdManifests.All.Select(crd => crd.Yaml)] };
        _api = await SandboxApi.StartAsync(options, null, TimeProvider.System, TestContext.Current.CancellationToken);
        _http = new HttpClient { BaseAddress = _api.Address, Timeout = TimeSpan.FromSeconds(60) };
        await File.WriteAllTextAsync(Kubeconfig, _api.KubeconfigYaml);
    }

    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        if (_api is not null)
        {
            await _api.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
