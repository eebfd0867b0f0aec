using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Controllers;

/// <summary>Keeps the EndpointSlices of all Services: from pods where there is a selector (and then Endpoints too), else from Endpoints.</summary>
internal sealed class EndpointsController : IDisposable
{
    private const string ByNamespace = "namespace";
    private const string BySelector = "selector";
    private const string ByService = "service";
    private readonly Informer<V1Service> _services;
    private readonly Informer<V1Endpoints> _endpoints;
    private readonly Informer<V1EndpointSlice> _slices;
    private readonly ObjectStore<V1Pod> _pods;
    private readonly ReconcileLoop _loop;
    private readonly EndpointsWriter _writer;

    public EndpointsController(KubeClient client, Informer<V1Pod> pods, TimeProvider time, ILogger logger)
    {
        _loop = new ReconcileLoop("Endpoints controller", ReconcileAsync, time, logger);
        _services = new Informer<V1Service>(client, new ObjectQuery(), time, logger);
        _endpoints = new Informer<V1Endpoints>(client, new ObjectQuery(), time, logger);
        _slices = new Informer<V1EndpointSlice>(client, new ObjectQuery(), time, logger);
        _writer = new EndpointsWriter(client);
        _pods = pods.Store;
        _pods.AddIndex(ByNamespace, pod => [pod.Metadata.NamespaceProperty]);
        _services.Store.AddIndex(BySelector, service => FirstOfSelector(service) is { } first ? [$"{service.Metadata.NamespaceProperty}/{first}"] : []);
        _slices.Store.AddIndex(ByService, slice => [ServiceOf(slice).ToString()]);
        _services.OnChange(change => _loop.Add(change.Key));
        _endpoints.OnChange(OnEndpoints);
        _slices.OnChange(OnSlice);
        pods.OnChange(change =>
        {
            EnqueueServicesOf(change.Old);
            EnqueueServicesOf(change.New);
        });
    }

    /// <summary>Runs until the token fires; <paramref name="podsSynced"/> tells when the pods are known.</summary>
    public async Task RunAsync(Task podsSynced, CancellationToken cancellationToken)
    {
        var watching = Task.WhenAll(_services.RunAsync(cancellationToken), _endpoints.RunAsync(cancellationToken), _slices.RunAsync(cancellationToken));
        await Task.WhenAll(podsSynced, _services.Synced, _endpoints.Synced, _slices.Synced).WaitAsync(cancellationToken);
        await Task.WhenAll(watching, _loop.RunAsync(cancellationToken));
    }

    public void Dispose() => _loop.Dispose();

    // One label of the selector is enough to find the Service by; the smallest, so that it is always the same.
    private static string? FirstOfSelector(V1Service service) =>
        service.Spec?.Selector is { Count: > 0 } selector ? selector.Select(label => $"{label.Key}={label.Value}").Min(StringComparer.Ordinal) : null;

    private static ObjectKey ServiceOf(V1EndpointSlice slice) => new(
        slice.Metadata.NamespaceProperty,
        slice.Metadata.Labels is { } labels && labels.TryGetValue(Labels.SliceService, out var service) ? service : "");

    private void OnEndpoints(ObjectChange<V1Endpoints> change)
    {
        if (change.New is null)
        {
            _writer.Forget<V1Endpoints>(change.Key);
        }

        _loop.Add(change.Key);
    }

    private void OnSlice(ObjectChange<V1EndpointSlice> change)
    {
        if (change.New is null)
        {
            _writer.Forget<V1EndpointSlice>(change.Key);
        }

        _loop.Add(ServiceOf((change.New ?? change.Old)!));
    }

    private void EnqueueServicesOf(V1Pod? pod)
    {
        foreach (var (key, value) in pod?.Metadata.Labels ?? new Dictionary<string, string>())
        {
            foreach (var service in _services.Store.ByIndex(BySelector, $"{pod!.Metadata.NamespaceProperty}/{key}={value}"))
            {
                if (PodFacts.Matches(service.Spec.Selector, pod))
                {
                    _loop.Add(new ObjectKey(service.Metadata.NamespaceProperty, service.Metadata.Name));
                }
            }
        }
    }

    private async Task ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        _services.Store.TryGet(key, out var service);
        _endpoints.Store.TryGet(key, out var endpoints);
        var stored = _slices.Store.ByIndex(ByService, key.ToString()).Where(IsOurs).ToList();
        if (service is null || service.Metadata.DeletionTimestamp is not null || service.Spec.Type == "ExternalName")
        {
            await _writer.RemoveAsync(stored, cancellationToken);
            await _writer.RemoveAsync(service is null ? endpoints : null, cancellationToken);
            return;
        }

        if (service.Spec.Selector is not { Count: > 0 } selector)
        {
            var mirrored = endpoints is not null && MirroredSlices.AreWanted(endpoints) ? MirroredSlices.Slices(endpoints) : [];
            await _writer.WriteAsync(mirrored, stored, cancellationToken);
            return;
        }

        var pods = _pods.ByIndex(ByNamespace, key.Namespace).Where(pod => PodFacts.Matches(selector, pod)).ToList();
        await _writer.WriteAsync(SliceEndpoints.Slices(service, pods), stored, cancellationToken);
        await _writer.WriteAsync(SliceEndpoints.Endpoints(service, pods), endpoints, cancellationToken);
    }

    private static bool IsOurs(V1EndpointSlice slice) =>
        slice.Metadata.Labels.TryGetValue(SliceEndpoints.ManagedByLabel, out var manager)
        && manager is SliceEndpoints.SliceController or MirroredSlices.MirroringController;
}
