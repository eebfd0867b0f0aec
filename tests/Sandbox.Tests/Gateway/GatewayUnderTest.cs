using System.Diagnostics;
using System.Net;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Sandbox.Gateway;
using Knative.Xds.Testing;

namespace Knative.Xds.Sandbox.Tests.Gateway;

/// <summary>A running gateway: the embedded one, or a real Envoy, of which the same is expected.</summary>
internal sealed class GatewayUnderTest : IAsyncDisposable
{
    public const string Embedded = "embedded";
    public const string Envoy = "envoy";

    private readonly EmbeddedGateway? _embedded;
    private readonly Process? _envoy;
    private readonly string? _bootstrap;

    private GatewayUnderTest(EmbeddedGateway gateway) => _embedded = gateway;

    private GatewayUnderTest(Process envoy, string bootstrap) => (_envoy, _bootstrap) = (envoy, bootstrap);

    public static async Task<GatewayUnderTest> StartAsync(string kind, IPEndPoint xds, string nodeId)
    {
        if (kind == Embedded)
        {
            return new(await EmbeddedGateway.StartAsync(new EmbeddedGatewayOptions { XdsAddress = xds.ToString(), NodeId = nodeId }).Within(TimeSpan.FromSeconds(30)));
        }

        var program = RealComponents.OrSkip(RealComponents.Envoy, "envoy");
        var bootstrap = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".yaml");
        await File.WriteAllTextAsync(bootstrap, BootstrapTemplate.Render(new BootstrapSettings { NodeId = nodeId, XdsHost = xds.Address.ToString(), XdsPort = xds.Port }));
        return new(Process.Start(new ProcessStartInfo(program, ["-c", bootstrap, "--disable-hot-restart", "--concurrency", "1", "--log-level", "error"]))!, bootstrap);
    }

    public async ValueTask DisposeAsync()
    {
        if (_embedded is not null)
        {
            await _embedded.DisposeAsync();
        }

        if (_envoy is not null)
        {
            _envoy.Kill();
            await _envoy.WaitForExitAsync();
            _envoy.Dispose();
            File.Delete(_bootstrap!);
        }
    }
}
