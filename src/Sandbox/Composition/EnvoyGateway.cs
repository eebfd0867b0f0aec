using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Wire;
using Knative.Xds.Sandbox.Processes;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>A real Envoy as a child process, with the fleet's bootstrap, configured over delta ADS.</summary>
internal sealed class EnvoyGateway : ISandboxGateway
{
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(1);
    private readonly ProcessHost _host;
    private readonly ChildProcess _process;

    private EnvoyGateway(ProcessHost host, ChildProcess process, string description)
    {
        _host = host;
        _process = process;
        Description = description;
    }

    public string Name => "envoy";

    public string Description { get; }

    /// <summary>Starts Envoy; its log goes to <c>envoy.log</c> in the run directory.</summary>
    public static async Task<EnvoyGateway> StartAsync(
        string path, SandboxSettings settings, SandboxNetwork network, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var bootstrap = Path.Combine(settings.RunDirectory, "envoy.yaml");
        await File.WriteAllTextAsync(bootstrap, BootstrapTemplate.Render(new BootstrapSettings { NodeId = "kxds-sandbox", XdsHost = network.XdsServer, XdsPort = Ports.Xds }), cancellationToken);
        var log = Path.Combine(settings.RunDirectory, "envoy.log");
        var host = new ProcessHost(time);
        try
        {
            var process = host.Start(new ChildProcessStart
            {
                Command = [path, "--config-path", bootstrap, "--disable-hot-restart", "--concurrency", "2", "--log-level", "warn", "--log-path", log],
                WorkingDirectory = settings.RunDirectory,
            });
            var id = process.Id;
            SandboxLog.EnvoyStarted(loggers.CreateLogger("Sandbox"), path, id);
            return new EnvoyGateway(host, process, $"Envoy ({path}), configured over delta ADS");
        }
        catch (ProcessStartException error)
        {
            throw new SandboxException($"Envoy ({path}) cannot be started: {error.Message}", error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.TerminateAsync(StopGrace);
        await _host.DisposeAsync();
    }
}
