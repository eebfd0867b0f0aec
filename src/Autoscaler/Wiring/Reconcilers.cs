using k8s;
using k8s.Models;
using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Autoscaler.Deciding;
using Knative.Xds.Autoscaler.Measuring;
using Knative.Xds.Autoscaler.Reconciling;
using Knative.Xds.Autoscaler.Sharding;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Scaling;
using Knative.Xds.Core.Wire;
using Knative.Xds.Hosting;
using Knative.Xds.Kube.Queueing;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.Autoscaler.Wiring;

/// <summary>Runs the caches and the reconcilers over them, and says what leads to which reconcile.</summary>
internal sealed class Reconcilers : BackgroundService
{
    private const string CachesCheck = "caches";

    private readonly ClusterCaches _caches;
    private readonly AutoscalerOptions _options;
    private readonly Readiness _readiness;
    private readonly Scaler _scaler;
    private readonly OwnedOnly _owned;
    private readonly Reports _reports;
    private readonly AutoscalerMetrics _measures;
    private readonly TimeProvider _time;
    private readonly ILogger<Reconcilers> _logger;
    private readonly (WorkLoop Loop, Func<ObjectKey, CancellationToken, Task> Reconcile)[] _loops;
    private readonly WorkQueue<ObjectKey> _pas;
    private readonly WorkQueue<ObjectKey> _metrics;
    private readonly WorkQueue<ObjectKey> _skss;
    private CancellationToken _stopping;

    public Reconcilers(
        ClusterCaches caches, AutoscalerOptions options, Readiness readiness, TimeProvider time, ILogger<Reconcilers> logger,
        PaByClass pas, MetricReconciler metrics, SksReconciler skss, Scaler scaler, OwnedOnly owned, Reports reports, AutoscalerMetrics measures)
    {
        (_caches, _options, _readiness, _logger, _scaler, _owned) = (caches, options, readiness, logger, scaler, owned);
        (_reports, _measures, _time) = (reports, measures, time);
        _loops =
        [
            (new WorkLoop("PodAutoscaler", Find(caches.PodAutoscalers), reports, time, logger), pas.ReconcileAsync),
            (new WorkLoop("Metric", Find(caches.Metrics), reports, time, logger), metrics.ReconcileAsync),
            (new WorkLoop("ServerlessService", Find(caches.ServerlessServices), reports, time, logger), skss.ReconcileAsync),
        ];
        (_pas, _metrics, _skss) = (_loops[0].Loop.Queue, _loops[1].Loop.Queue, _loops[2].Loop.Queue);
        _readiness.Expect(CachesCheck);
        FollowCaches();
    }

    /// <summary>Lets events beside the caches lead to reconciles.</summary>
    public void Follow(DeciderTable deciders, ScrapeLoop scrapes, LiveSettings settings)
    {
        deciders.Changed += _pas.Add;
        deciders.WokeUp += (key, decision) => _ = WakeAsync(key, decision);
        scrapes.OutcomeChanged += _metrics.Add;
        settings.Changed += () => AddAll(_caches.PodAutoscalers.Store.List().Select(ClusterCaches.KeyOf), _pas);
        settings.MeshChanged += () => AddAll(_caches.Metrics.Store.List().Select(ClusterCaches.KeyOf), _metrics);
        _scaler.Requeue += (key, delay) => _pas.AddAfter(key, delay.ToTimeSpan());
    }

    /// <summary>Reconciles everything that is there of the revisions that <paramref name="which"/> names.</summary>
    public void AddAll(Func<ObjectKey, bool> which)
    {
        AddAll(_caches.PodAutoscalers.Store.List().Select(ClusterCaches.KeyOf).Where(which), _pas);
        AddAll(_caches.Metrics.Store.List().Select(ClusterCaches.KeyOf).Where(which), _metrics);
        AddAll(_caches.ServerlessServices.Store.List().Select(ClusterCaches.KeyOf).Where(which), _skss);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _stopping = stoppingToken;
        var caches = _caches.RunAsync(stoppingToken);
        await _caches.Synced.WaitAsync(stoppingToken);
        _readiness.Report(CachesCheck, null);
        var loops = _loops.Where(loop => _options.SksReconciler || loop.Loop.Queue != _skss).Select(loop => loop.Loop.RunAsync(_owned.Only(loop.Reconcile), stoppingToken));
        await Task.WhenAll([caches, _reports.RunAsync(stoppingToken), .. loops]);
    }

    public override void Dispose()
    {
        foreach (var (loop, _) in _loops)
        {
            loop.Dispose();
        }

        base.Dispose();
    }

    private void FollowCaches()
    {
        // PA, SKS and Metric of a revision share its name.
        _caches.PodAutoscalers.OnChange(change => _pas.Add(change.Key));
        _caches.Metrics.OnChange(change =>
        {
            _metrics.Add(change.Key);
            _pas.Add(change.Key);
        });
        _caches.ServerlessServices.OnChange(change =>
        {
            _skss.Add(change.Key);
            _pas.Add(change.Key);
        });
        _caches.HorizontalPodAutoscalers.OnChange(change => _pas.Add(change.Key));
        _caches.Pods.OnChange(change => Add(ClusterCaches.RevisionOf((change.New ?? change.Old)!), _pas));
        _caches.Deployments.OnChange(change => Add(ByLabel((change.New ?? change.Old)!.Metadata, Labels.Revision), _skss));
        _caches.Services.OnChange(change => Add(ByLabel((change.New ?? change.Old)!.Metadata, Labels.ServerlessService), _skss));
        _caches.PublicEndpoints.OnChange(change => Add(ByLabel((change.New ?? change.Old)!.Metadata, Labels.ServerlessService), _skss));
        _caches.Slices.OnChange(change => OnSlice((change.New ?? change.Old)!));
    }

    private void OnSlice(V1EndpointSlice slice)
    {
        var service = ClusterCaches.ServiceOf(slice);
        if (service == new ObjectKey(_options.SystemNamespace, SystemNames.ActivatorService))
        {
            AddAll(_caches.ServerlessServices.Store.List().Select(ClusterCaches.KeyOf), _skss);
        }
        else if (ByLabel(slice.Metadata, Labels.ServerlessService) is { } marked)
        {
            _skss.Add(marked);
        }
        else if (service is { } key && _caches.Services.Store.TryGet(key, out var found))
        {
            Add(ByLabel(found.Metadata, Labels.ServerlessService), _skss);
        }
    }

    private async Task WakeAsync(ObjectKey key, ScaleDecision decision)
    {
        var started = _time.GetTimestamp();
        try
        {
            AutoscalerLog.Woken(_logger, key, decision.Desired);
            await _scaler.WakeAsync(key, decision, _stopping);
            _measures.WokeUp(_time.GetElapsedTime(started));
        }
        catch (Exception exception) when (!_stopping.IsCancellationRequested)
        {
            // The reconcile, which the same decision led to, tries again with back-off.
            AutoscalerLog.ReconcileFailed(_logger, "PodAutoscaler", key, exception.Message);
            _pas.Add(key);
        }
    }

    private static Func<ObjectKey, IKubernetesObject<V1ObjectMeta>?> Find<T>(Informer<T> informer) where T : class, IKubernetesObject<V1ObjectMeta> =>
        key => informer.Store.TryGet(key, out var found) ? found : null;

    private static ObjectKey? ByLabel(V1ObjectMeta metadata, string label) =>
        metadata.Labels?.TryGetValue(label, out var name) == true ? new ObjectKey(metadata.NamespaceProperty ?? "", name) : null;

    private static void Add(ObjectKey? key, WorkQueue<ObjectKey> queue)
    {
        if (key is { } found)
        {
            queue.Add(found);
        }
    }

    private static void AddAll(IEnumerable<ObjectKey> keys, WorkQueue<ObjectKey> queue)
    {
        foreach (var key in keys)
        {
            queue.Add(key);
        }
    }
}
