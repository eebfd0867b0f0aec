using System.Collections.Concurrent;
using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Explaining;
using Knative.Xds.Autoscaler.Measuring;
using Knative.Xds.Autoscaler.Reconciling;
using Knative.Xds.Kube.Client;
using Knative.Xds.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;

namespace Knative.Xds.Autoscaler.Tests.Reconciling;

/// <summary>Scalers as they run, on an API with Deployments of given sizes, one in each namespace, that keeps their patches.</summary>
internal sealed class ScalerRig : IAsyncDisposable
{
    private static readonly AutoscalerOptions Options = new();
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly RecordedTargets _api;
    private readonly KubeClient _client;
    private readonly ClusterCaches _caches;
    private readonly LiveSettings _settings;
    private readonly ScaleWriter _writer;
    private Task _running = Task.CompletedTask;

    public ScalerRig(IReadOnlyDictionary<string, int?> replicasByNamespace)
    {
        _api = new RecordedTargets(replicasByNamespace);
        _client = KubeClients.Through(_api, new Uri("http://api.test/"));
        _caches = new ClusterCaches(_client, Options, TimeProvider.System, NullLogger<ClusterCaches>.Instance);
        // Of no cluster: settings come with each case.
        var none = new ClusterCaches(_client, Options, TimeProvider.System, NullLogger<ClusterCaches>.Instance);
        var metrics = new AutoscalerMetrics(Metrics.WithCustomRegistry(Metrics.NewCustomRegistry()), Options);
        _settings = new LiveSettings(none, Options, metrics, new Reports(_client, TimeProvider.System, NullLogger<Reports>.Instance), NullLogger<LiveSettings>.Instance);
        _writer = new ScaleWriter(new ScaleTargets(_client, _caches), NullLogger<ScaleWriter>.Instance);
    }

    /// <summary>Patches by namespace.</summary>
    public ConcurrentDictionary<string, SentPatch> Patches => _api.Patches;

    public PlanLog Plans { get; } = new(TimeProvider.System);

    public Scaler Scaler(IActivatorProbe probe, TimeProvider time) => new(_writer, probe, _caches, _settings, Plans, Options, time);

    /// <summary>Fills the caches, which a scaler patches from.</summary>
    public async Task StartAsync()
    {
        _running = _caches.RunAsync(_stop.Token);
        await _caches.Synced.WaitAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_running);
        _client.Dispose();
        _api.Dispose();
        _stop.Dispose();
    }
}
