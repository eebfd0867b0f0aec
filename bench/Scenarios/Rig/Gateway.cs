using System.Globalization;
using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Sandbox.Composition;
using Knative.Xds.Sandbox.Gateway;
using Knative.Xds.Sandbox.Processes;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>A gateway with the fleet's bootstrap: a real Envoy where present, else the embedded one in this process.</summary>
internal sealed class Gateway : IAsyncDisposable
{
    private readonly ChildProcess? _envoy;
    private readonly EmbeddedGateway? _embedded;

    private Gateway(ChildProcess? envoy, EmbeddedGateway? embedded) => (_envoy, _embedded) = (envoy, embedded);

    /// <summary>What a result calls it.</summary>
    public string Name => _envoy is null ? "embedded" : "envoy";

    /// <summary>Envoy's process id; null for the embedded gateway.</summary>
    public int? Id => _envoy?.Id;

    /// <summary>Starts a gateway that takes its configuration from a server.</summary>
    public static async Task<Gateway> StartAsync(Workbench bench, string name, int xdsPort)
    {
        if (EnvoyLocator.Find() is not { } program)
        {
            return new(null, await EmbeddedGateway.StartAsync(new EmbeddedGatewayOptions { NodeId = name, NodeCluster = "kxds", XdsAddress = $"127.0.0.1:{xdsPort}" }));
        }

        var bootstrap = Path.Combine(bench.Directory, $"{name}.yaml");
        await File.WriteAllTextAsync(bootstrap, BootstrapTemplate.Render(new BootstrapSettings { NodeId = name, XdsHost = "127.0.0.1", XdsPort = xdsPort }));
        return new(bench.Processes.Start(EnvoyCommand(program, bootstrap, Path.Combine(bench.Directory, $"{name}.log"))), null);
    }

    /// <summary>How Envoy is started: with one worker, as one core is what the other parts of a scenario leave it.</summary>
    public static ChildProcessStart EnvoyCommand(string program, string bootstrap, string log, params string[] prefix) => new()
    {
        Command = [.. prefix, program, "--config-path", bootstrap, "--disable-hot-restart", "--concurrency", 1.ToString(CultureInfo.InvariantCulture), "--log-level", "warn", "--log-path", log],
    };

    public async ValueTask DisposeAsync()
    {
        if (_envoy is not null)
        {
            _envoy.Kill();
            await _envoy.Exited;
        }

        if (_embedded is not null)
        {
            await _embedded.DisposeAsync();
        }
    }
}
