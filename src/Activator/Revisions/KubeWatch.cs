using k8s.Models;
using Knative.Xds.Activation.Configuration;
using Knative.Xds.Activation.Reporting;
using Knative.Xds.Activation.Tls;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Hosting;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Projections;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.Activation.Revisions;

/// <summary>Feeds the table of revisions, and the autoscaler's addresses, from Kubernetes.</summary>
internal sealed class KubeWatch : BackgroundService
{
    private const string ByService = "service";
    private const string Check = "kubernetes";
    private readonly Lock _gate = new();
    private readonly RevisionTable _revisions;
    private readonly AutoscalerAddress _autoscaler;
    private readonly ActivatorOptions _options;
    private readonly Readiness _readiness;
    private readonly ConfigWatch _config;
    private readonly TlsWatch _tls;
    private readonly Informer<PodAutoscaler> _podAutoscalers;
    private readonly Informer<ServingRevision> _servingRevisions;
    private readonly Informer<V1Service> _services;
    private readonly Informer<V1EndpointSlice> _slices;
    private readonly Informer<V1EndpointSlice> _autoscalerSlices;
    private readonly RevisionWatch _revisionWatch;

    public KubeWatch(KubeWatchContext context, ConfigWatch config, TlsWatch tls, RevisionTable revisions, AutoscalerAddress autoscaler, ActivatorOptions options, Readiness readiness)
    {
        (_config, _tls, _revisions, _autoscaler, _options, _readiness) = (config, tls, revisions, autoscaler, options, readiness);
        readiness.Expect(Check);
        _podAutoscalers = context.Informer<PodAutoscaler>(new ObjectQuery());
        _servingRevisions = context.Informer<ServingRevision>(new ObjectQuery());
        _revisionWatch = context.Follow(_servingRevisions);
        _services = context.Informer<V1Service>(new ObjectQuery(LabelSelector: $"{Labels.ServiceType}={Labels.ServiceTypePrivate}"));
        _slices = context.Informer<V1EndpointSlice>(new ObjectQuery(LabelSelector: Labels.ServiceType));
        _autoscalerSlices = context.Informer<V1EndpointSlice>(new ObjectQuery(options.SystemNamespace, $"{Labels.SliceService}={SystemNames.AutoscalerService}"));
        _slices.Store.AddIndex(ByService, slice => ServiceEndpointsProjection.ServiceOf(slice) is { } service ? [service.ToString()] : []);
        _podAutoscalers.OnChange(change => RefreshRevision(change.Key));
        _servingRevisions.OnChange(change => RefreshRevision(change.Key));
        _services.OnChange(OnService);
        _slices.OnChange(OnSlice);
        _autoscalerSlices.OnChange(_ => _autoscaler.Set(ServiceEndpointsProjection.Join(AutoscalerService, _autoscalerSlices.Store.List()).Endpoints));
    }

    private ObjectKey AutoscalerService => new(_options.SystemNamespace, SystemNames.AutoscalerService);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var config = _config.RunAsync(stoppingToken);
        // How pods are reached is settled before the first one is.
        await Task.WhenAny(config, _config.Synced);
        var running = Task.WhenAll(
            config,
            _tls.RunAsync(stoppingToken),
            _revisionWatch.RunAsync(stoppingToken),
            _podAutoscalers.RunAsync(stoppingToken),
            _services.RunAsync(stoppingToken),
            _slices.RunAsync(stoppingToken),
            _autoscalerSlices.RunAsync(stoppingToken));
        await Task.WhenAny(running, Task.WhenAll(_revisionWatch.Synced, _podAutoscalers.Synced, _slices.Synced, _tls.Synced));
        if (!stoppingToken.IsCancellationRequested)
        {
            _revisions.MarkSynced();
            _readiness.Report(Check, null);
        }

        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // Both objects are told by watches of their own, in any order: what is there now counts.
    private void RefreshRevision(ObjectKey key)
    {
        lock (_gate)
        {
            Read(key);
        }
    }

    private void Read(ObjectKey key)
    {
        if (_servingRevisions.Store.TryGet(key, out var revision))
        {
            _revisions.Set(RevisionReader.Read(revision, _options));
        }
        else if (_podAutoscalers.Store.TryGet(key, out var podAutoscaler))
        {
            _revisions.Set(RevisionReader.Read(podAutoscaler, _options));
        }
        else
        {
            _revisions.Remove(key);
        }
    }

    private void OnService(ObjectChange<V1Service> change)
    {
        if ((change.New ?? change.Old) is { } service && SliceReader.Revision(service) is { } revision)
        {
            _revisions.SetCluster(revision, SliceReader.Cluster(change.New));
        }
    }

    private void OnSlice(ObjectChange<V1EndpointSlice> change)
    {
        Refresh(change.Old);
        Refresh(change.New);
    }

    private void Refresh(V1EndpointSlice? slice)
    {
        if (slice is null || ServiceEndpointsProjection.ServiceOf(slice) is not { } service || SliceReader.Revision(slice) is not { } revision)
        {
            return;
        }

        var endpoints = ServiceEndpointsProjection.Join(service, _slices.Store.ByIndex(ByService, service.ToString())).Endpoints;
        if (SliceReader.IsPrivate(slice))
        {
            _revisions.SetPods(revision, endpoints);
        }
        else
        {
            _revisions.SetPublic(revision, endpoints);
        }
    }
}
