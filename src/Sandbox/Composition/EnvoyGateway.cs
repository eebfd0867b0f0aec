using Knative.Xds.ControlPlane.Translation;
using Knative.Xds.Core.Wire;
using Knative.Xds.Sandbox.Processes;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>A real Envoy as a child process, with the fleet's bootstrap, configured over delta ADS; one that ends is started again.</summary>
internal sealed class EnvoyGateway : ISandboxGateway
{
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly string _path;
    private readonly ProcessHost _host;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ChildProcessStart _start;
    private readonly Task _supervision;
    private ChildProcess _process;
    private volatile string _lastWords = "";
    private volatile string? _problem;

    private EnvoyGateway(string path, SandboxSettings settings, string bootstrap, ILogger logger, TimeProvider time)
    {
        (_path, _logger, _time) = (path, logger, time);
        _host = new ProcessHost(time);
        _start = new ChildProcessStart
        {
            Command = [path, "--config-path", bootstrap, "--disable-hot-restart", "--concurrency", "2", "--log-level", "warn", "--log-path", Path.Combine(settings.RunDirectory, "envoy.log")],
            WorkingDirectory = settings.RunDirectory,
            OnError = Hear,
        };
        _process = Start();
        _supervision = SuperviseAsync();
    }

    public string Name => "envoy";

    public string Description => $"Envoy ({_path}), configured over delta ADS";

    public string? Problem => _problem;

    /// <summary>Starts Envoy; its log goes to <c>envoy.log</c> in the run directory.</summary>
    public static async Task<EnvoyGateway> StartAsync(
        string path, SandboxSettings settings, SandboxNetwork network, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var bootstrap = Path.Combine(settings.RunDirectory, "envoy.yaml");
        await File.WriteAllTextAsync(bootstrap, BootstrapTemplate.Render(new BootstrapSettings { NodeId = "kxds-sandbox", XdsHost = network.XdsServer, XdsPort = Ports.Xds }), cancellationToken);
        try
        {
            return new EnvoyGateway(path, settings, bootstrap, loggers.CreateLogger("Sandbox"), time);
        }
        catch (ProcessStartException error)
        {
            throw new SandboxException($"Envoy ({path}) cannot be started: {error.Message}", error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _process.TerminateAsync(StopGrace);
        await _supervision;
        await _host.DisposeAsync();
        _stopping.Dispose();
    }

    private ChildProcess Start()
    {
        var process = _host.Start(_start);
        SandboxLog.EnvoyStarted(_logger, _path, process.Id);
        return process;
    }

    private void Hear(string line)
    {
        _lastWords = line;
        SandboxLog.EnvoySaid(_logger, line);
    }

    private async Task SuperviseAsync()
    {
        while (true)
        {
            var code = await _process.Exited;
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            _problem = $"Envoy ({_path}) ended with code {code}{(_lastWords.Length == 0 ? "" : ": " + _lastWords)}";
            SandboxLog.EnvoyEnded(_logger, _path, code);
            await Task.Delay(RestartDelay, _time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stopping.IsCancellationRequested)
            {
                return;
            }

            _process = Start();
        }
    }
}
