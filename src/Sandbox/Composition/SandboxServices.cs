using System.Net.Sockets;
using Knative.Xds.Activation;
using Knative.Xds.Autoscaler;
using Knative.Xds.Core.Wire;
using Knative.Xds.XdsServer;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>The three services of the data path in this process, each on an address of its own.</summary>
internal sealed class SandboxServices(SandboxNetwork network, LogLevel level, ILoggerProvider logs, ILogger logger, TimeProvider time) : IAsyncDisposable
{
    /// <summary>How long a service may take to stop.</summary>
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(3);

    private readonly List<WebApplication> _apps = [];
    private readonly List<ServiceLocation> _locations = [];

    /// <summary>The services and where they listen.</summary>
    public IReadOnlyList<ServiceLocation> Locations => _locations;

    /// <summary>What the activator counts; null before it has been made.</summary>
    public ActivatorState? Activator { get; private set; }

    /// <summary>Starts all three on a Kubernetes API, for a gateway with these listeners.</summary>
    /// <remarks>Errors: <see cref="SandboxException"/> that names the service which cannot listen.</remarks>
    public async Task StartAsync(string kubeconfig, GatewayPair ports, CancellationToken cancellationToken)
    {
        var activator = CreateActivator(kubeconfig);
        Activator = activator.Services.GetRequiredService<ActivatorState>();
        await Task.WhenAll(
            StartServiceAsync("Autoscaler", $"{network.Autoscaler}:{Ports.AutoscalerStats} (websocket stats)", network.Autoscaler, CreateAutoscaler(kubeconfig), cancellationToken),
            StartServiceAsync("Activator", $"{network.Activator}:{Ports.BackendHttp}", network.Activator, activator, cancellationToken),
            StartServiceAsync("XdsServer", $"{network.XdsServer}:{Ports.Xds} (delta and state-of-the-world ADS)", network.XdsServer, CreateXdsServer(kubeconfig, ports), cancellationToken));
    }

    /// <summary>Stops all of them, within <see cref="StopLimit"/>.</summary>
    public async Task StopAsync()
    {
        using var limit = new CancellationTokenSource(StopLimit, time);
        await Task.WhenAll(_apps.Select(app => app.StopAsync(limit.Token)));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps)
        {
            await app.DisposeAsync();
        }
    }

    private WebApplication CreateXdsServer(string kubeconfig, GatewayPair ports) => XdsServerApp.Create(
        new XdsServerOptions
        {
            Kubeconfig = kubeconfig,
            Listen = $"{network.XdsServer}:{Ports.Xds}",
            AdminListen = $"{network.XdsServer}:{Ports.Metrics}",
            ExternalListen = ports.External.ToString(),
            LocalListen = ports.Local.ToString(),
            // On an API of its own network the address is of this machine's pod network: nobody else reaches it.
            AllowPlaintext = true,
            AllowPlaintextKeys = true,
        },
        Customize);

    private WebApplication CreateAutoscaler(string kubeconfig) => AutoscalerApp.Create(
        new AutoscalerOptions
        {
            Kubeconfig = kubeconfig,
            Listen = $"{network.Autoscaler}:{Ports.AutoscalerStats}",
            AdminListen = $"{network.Autoscaler}:{Ports.Metrics}",
            PodName = "autoscaler-sandbox",
            PodIp = network.Autoscaler,
        },
        Customize);

    private WebApplication CreateActivator(string kubeconfig) => ActivatorApp.Create(
        new ActivatorOptions
        {
            Kubeconfig = kubeconfig,
            Listen = $"{network.Activator}:{Ports.BackendHttp}",
            ListenHttp2 = $"{network.Activator}:{Ports.BackendHttp2}",
            AdminListen = $"{network.Activator}:{Ports.Metrics}",
            PodName = "activator-sandbox",
            PodIp = network.Activator,
            AutoscalerUrl = $"ws://{network.Autoscaler}:{Ports.AutoscalerStats}",
            DrainDelay = TimeSpan.Zero,
            StopTimeout = StopLimit,
        },
        Customize);

    private async Task StartServiceAsync(string name, string where, string address, WebApplication app, CancellationToken cancellationToken)
    {
        _apps.Add(app);
        _locations.Add(new ServiceLocation(name, $"{where}; metrics http://{address}:{Ports.Metrics}/metrics"));
        try
        {
            var started = time.GetTimestamp();
            await app.StartAsync(cancellationToken);
            SandboxLog.PartStarted(logger, name, time.GetElapsedTime(started));
        }
        catch (IOException error) when (error.InnerException is SocketException or Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new SandboxException($"{name} cannot listen on {where}: {error.Message}", error);
        }
    }

    private void Customize(WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders().AddProvider(new SharedLogs(logs)).SetMinimumLevel(level);
        builder.Services.AddSingleton(time);
    }
}
