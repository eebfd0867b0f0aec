using k8s.Models;
using Knative.Xds.Activation.Reporting;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Hosting;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Projections;
using Knative.Xds.Kube.Watching;

namespace Knative.Xds.Activation.Revisions;

/// <summary>Feeds the table of revisions, and the autoscaler's address, from Kubernetes.</summary>
internal sealed class KubeWatch : BackgroundService
{
    private const string ByService = "service";
    private const string Check = "kubernetes";
    private readonly RevisionTable _revisions;
    private readonly AutoscalerAddress _autoscaler;
    private readonly ActivatorOptions _options;
    private readonly Readiness _readiness;
    private readonly Informer<PodAutoscaler> _podAutoscalers;
    private readonly Informer<V1EndpointSlice> _slices;
    private readonly Informer<V1EndpointSlice> _autoscalerSlices;

    public KubeWatch(KubeWatchContext context, RevisionTable revisions, AutoscalerAddress autoscaler, ActivatorOptions options, Readiness readiness)
    {
        (_revisions, _autoscaler, _options, _readiness) = (revisions, autoscaler, options, readiness);
        readiness.Expect(Check);
        _podAutoscalers = context.Informer<PodAutoscaler>(new ObjectQuery());
        _slices = context.Informer<V1EndpointSlice>(new ObjectQuery(LabelSelector: Labels.ServiceType));
        _autoscalerSlices = context.Informer<V1EndpointSlice>(new ObjectQuery(options.SystemNamespace, $"{Labels.SliceService}={SystemNames.AutoscalerService}"));
        _slices.Store.AddIndex(ByService, slice => ServiceEndpointsProjection.ServiceOf(slice) is { } service ? [service.ToString()] : []);
        _podAutoscalers.OnChange(OnPodAutoscaler);
        _slices.OnChange(OnSlice);
        _autoscalerSlices.OnChange(_ => _autoscaler.Set(ServiceEndpointsProjection.Join(AutoscalerService, _autoscalerSlices.Store.List()).Endpoints));
    }

    private ObjectKey AutoscalerService => new(_options.SystemNamespace, SystemNames.AutoscalerService);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var running = Task.WhenAll(_podAutoscalers.RunAsync(stoppingToken), _slices.RunAsync(stoppingToken), _autoscalerSlices.RunAsync(stoppingToken));
        await Task.WhenAny(running, Task.WhenAll(_podAutoscalers.Synced, _slices.Synced));
        if (!stoppingToken.IsCancellationRequested)
        {
            _revisions.MarkSynced();
            _readiness.Report(Check, null);
        }

        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void OnPodAutoscaler(ObjectChange<PodAutoscaler> change)
    {
        if (change.New is null)
        {
            _revisions.Remove(change.Key);
        }
        else
        {
            _revisions.Set(RevisionReader.Read(change.New, _options));
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
