using System.Collections.Concurrent;
using System.Collections.Immutable;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Crds;
using Knative.Xds.Kube.Manifests;
using Knative.Xds.Sandbox.Api;
using Knative.Xds.Sandbox.Controllers;
using Knative.Xds.Sandbox.Pods;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Composition;

/// <summary>Everything on one machine: Kubernetes API (embedded or given), pods as processes, XdsServer, Autoscaler, Activator and a gateway.</summary>
/// <remarks>The services are the very ones that run in a cluster, each composed by its own <c>*App.Create</c> and reached over its own address.</remarks>
public sealed class SandboxSystem : IAsyncDisposable
{
    private static readonly TimeSpan ReadyLimit = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _loops = [];
    private readonly ConcurrentDictionary<string, ImmutableArray<string>> _manifestProblems = new(StringComparer.Ordinal);
    private readonly PodRequests _podRequests = new();
    private readonly SandboxSettings _settings;
    private readonly SandboxServices _services;
    private readonly ILoggerFactory _loggerFactory;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly SandboxNetwork _network;
    private SandboxApi? _api;
    private ISandboxGateway? _gateway;
    private KubeClient? _client;
    private SystemView? _view;

    private SandboxSystem(SandboxSettings settings, ILoggerProvider logs, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        _loggerFactory = LoggerFactory.Create(logging => logging.AddProvider(new SharedLogs(logs)).AddFilter("Microsoft", LogLevel.Warning).AddFilter("Yarp", LogLevel.Warning));
        _logger = _loggerFactory.CreateLogger("Sandbox");
        _network = SandboxNetwork.Claim(settings.PodNetwork);
        _services = new SandboxServices(_network, settings.LogLevel, logs, _logger, time);
    }

    /// <summary>External listener of the gateway.</summary>
    public Uri GatewayAddress { get; private set; } = null!;

    /// <summary>Cluster-local listener of the gateway.</summary>
    public Uri LocalGatewayAddress { get; private set; } = null!;

    /// <summary><c>envoy</c> or <c>embedded</c>.</summary>
    public string GatewayName => _gateway!.Name;

    /// <summary>The gateway for people: which, and where it came from.</summary>
    public string GatewayDescription => _gateway!.Description;

    /// <summary>What happened to the gateway last that should not have; null when nothing did.</summary>
    public string? GatewayProblem => _gateway!.Problem;

    /// <summary>Whether the Kubernetes API is the embedded one.</summary>
    public bool ApiIsEmbedded => _api is not null;

    /// <summary>The Kubernetes API for people.</summary>
    public string ApiDescription => $"{(ApiIsEmbedded ? "embedded" : "yours")}: {Client.BaseAddress}";

    /// <summary>Kubeconfig for kubectl.</summary>
    public string KubeconfigPath { get; private set; } = "";

    /// <summary>Client of the Kubernetes API.</summary>
    public KubeClient Client => _client!;

    /// <summary>What an operator looks at.</summary>
    public SystemView View => _view!;

    /// <summary>Admin address of the autoscaler.</summary>
    public Uri AutoscalerAdmin => new($"http://{_network.Autoscaler}:{Ports.Metrics}");

    /// <summary>Admin address of the activator.</summary>
    public Uri ActivatorAdmin => new($"http://{_network.Activator}:{Ports.Metrics}");

    /// <summary>Admin address of the xDS server.</summary>
    public Uri XdsServerAdmin => new($"http://{_network.XdsServer}:{Ports.Metrics}");

    /// <summary>The services and where they listen.</summary>
    public IReadOnlyList<ServiceLocation> Services => _services.Locations;

    /// <summary>Manifests that could not be applied, as <c>file: what is wrong</c>.</summary>
    public IReadOnlyList<string> ManifestProblems => [.. _manifestProblems.OrderBy(folder => folder.Key, StringComparer.Ordinal).SelectMany(folder => folder.Value)];

    /// <summary>From the call of <see cref="StartAsync"/> to a complete system.</summary>
    public TimeSpan StartupTime { get; private set; }

    /// <summary>Log file of all parts.</summary>
    public string LogFile => Path.Combine(_settings.RunDirectory, "kxds.log");

    /// <summary>Starts everything and returns when the gateway answers and the manifests are applied.</summary>
    /// <remarks>Errors: <see cref="SandboxException"/>, one line that says what to do; whatever had started is stopped.</remarks>
    public static async Task<SandboxSystem> StartAsync(SandboxSettings settings, ILoggerProvider logs, TimeProvider time, CancellationToken cancellationToken)
    {
        var system = new SandboxSystem(settings, logs, time);
        try
        {
            var started = time.GetTimestamp();
            await system.StartPartsAsync(cancellationToken);
            system.StartupTime = time.GetElapsedTime(started);
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        await _stopping.CancelAsync();
        await _services.StopAsync();
        await Task.WhenAll(_loops).WaitAsync(SandboxServices.StopLimit, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _services.DisposeAsync();
        _client?.Dispose();
        if (_api is not null)
        {
            await _api.DisposeAsync();
        }

        _network.Dispose();
        _loggerFactory.Dispose();
        _stopping.Dispose();
    }

    private async Task StartPartsAsync(CancellationToken cancellationToken)
    {
        var ports = GatewayPorts.Choose(_settings.Port);
        await StartApiAsync(cancellationToken);
        await ApplySystemObjectsAsync(ports, cancellationToken);
        StartPods();
        StartView();
        await _services.StartAsync(KubeconfigPath, ports, cancellationToken);
        var manifests = ApplyManifestsAsync(cancellationToken);
        _gateway = await GatewayStarter.StartAsync(_settings, _network, _loggerFactory, _time, cancellationToken);
        GatewayAddress = new Uri($"http://{ports.External}");
        LocalGatewayAddress = new Uri($"http://{ports.Local}");
        await manifests;
        await GatewayPorts.WaitUntilOpenAsync(ports.External, _gateway, LogFile, _time, cancellationToken);
        await WaitUntilIngressesAreReadyAsync(cancellationToken);
    }

    private async Task StartApiAsync(CancellationToken cancellationToken)
    {
        if (_settings.Kubeconfig is null)
        {
            var options = new SandboxApiOptions { DataDirectory = _settings.DataDirectory, Crds = [.. CrdManifests.All.Select(crd => crd.Yaml)] };
            _api = await StartEmbeddedAsync(options, cancellationToken);
            KubeconfigPath = Path.Combine(_settings.RunDirectory, "kubeconfig");
            await File.WriteAllTextAsync(KubeconfigPath, _api.KubeconfigYaml, cancellationToken);
        }
        else
        {
            KubeconfigPath = Path.GetFullPath(_settings.Kubeconfig);
        }

        try
        {
            _client = KubeClient.Create(new KubeClientOptions { Kubeconfig = KubeconfigPath });
            if (_api is null)
            {
                await CrdInstaller.EnsureAsync(_client, cancellationToken);
            }
        }
        catch (Exception error) when (error is InvalidOperationException or HttpRequestException or TimeoutException or IOException or KubeException)
        {
            throw new SandboxException($"the Kubernetes API of {_settings.Kubeconfig} cannot be used: {error.Message}", error);
        }
    }

    private async Task<SandboxApi> StartEmbeddedAsync(SandboxApiOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await SandboxApi.StartAsync(options, _loggerFactory, _time, cancellationToken);
        }
        catch (Exception error) when (_settings.DataDirectory is not null && error is IOException or UnauthorizedAccessException)
        {
            throw new SandboxException($"the data folder {_settings.DataDirectory} cannot be used: {error.Message} Name another folder with --data, or stop the kxds that uses this one", error);
        }
    }

    private async Task ApplySystemObjectsAsync(GatewayPair ports, CancellationToken cancellationToken)
    {
        try
        {
            await SystemObjects.ApplyAsync(Client, _network, _settings, ports, cancellationToken);
        }
        catch (KubeException error)
        {
            throw new SandboxException($"the Kubernetes API refuses what the system needs: {error.Message}", error);
        }
    }

    private void StartPods()
    {
        var options = new PodRunnerOptions
        {
            NodeName = "kxds",
            PodNetwork = _network.Pods,
            Images = _settings.Images.ToDictionary(image => image.Key, image => (IReadOnlyList<string>)image.Value),
            LogDirectory = Path.Combine(_settings.RunDirectory, "pods"),
            KubeletListen = $"{_network.Kubelet}:0",
        };
        Loop("pod runner", new PodRunner(Client, options, _time, _loggerFactory).RunAsync(_stopping.Token));
        if (ApiIsEmbedded)
        {
            Loop("controllers", SandboxControllers.RunAsync(Client, _time, _loggerFactory, _stopping.Token));
        }
    }

    private void StartView()
    {
        _view = new SystemView(Client, CountRequests, _time, _logger);
        Loop("view", _view.RunAsync(_stopping.Token));
        Loop("pod requests", _podRequests.RunAsync(_view, _time, _stopping.Token));
    }

    private async Task ApplyManifestsAsync(CancellationToken cancellationToken)
    {
        var applier = new ManifestApplier(Client);
        var applied = AppliedManifests.Load(_settings.DataDirectory);
        foreach (var folder in _settings.ManifestFolders)
        {
            if (!Directory.Exists(folder))
            {
                throw new SandboxException($"there is no folder {folder} to apply manifests from");
            }

            var manifests = new ManifestFolder(folder, applier, new SandboxInjection(Client), applied, _logger);
            _manifestProblems[folder] = await manifests.ApplyAsync(cancellationToken);
            Loop("manifest folder", manifests.WatchAsync(problems => _manifestProblems[folder] = problems, _stopping.Token));
        }
    }

    // The first command that a user tries must not meet a gateway that has not heard of the host yet. One that cannot become ready is the view's to show.
    private async Task WaitUntilIngressesAreReadyAsync(CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20), _time);
        while (View.Current().Ingresses.Any(ingress => ingress.Ready == "Unknown") && _time.GetElapsedTime(started) < ReadyLimit)
        {
            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    private RequestCounts CountRequests(ObjectKey revision)
    {
        var counted = _services.Activator?.Snapshot().Revisions.FirstOrDefault(candidate => candidate.Revision == revision);
        // What the activator forwards is among what the pods answer.
        return new RequestCounts(Math.Max(counted?.InFlight ?? 0, _podRequests.Of(revision)), counted?.Waiting ?? 0);
    }

    private void Loop(string name, Task task) => _loops.Add(WatchLoopAsync(name, task));

    // A part that ends before the sandbox does is a defect: say so, and leave the others running.
    private async Task WatchLoopAsync(string name, Task task)
    {
        try
        {
            await task;
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return;
        }
        catch (Exception error)
        {
            SandboxLog.PartEnded(_logger, error, name);
            return;
        }

        if (!_stopping.IsCancellationRequested)
        {
            SandboxLog.PartEnded(_logger, null, name);
        }
    }
}
