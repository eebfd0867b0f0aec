using k8s.Models;
using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Conditions;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Kube.Api;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Status;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>Keeps the private Service, the public Service and the latter's Endpoints of each SKS.</summary>
/// <remarks>Level-triggered. Source: knative/serving pkg/reconciler/serverlessservice/serverlessservice.go. EndpointSlices are read, core/v1 Endpoints are written.</remarks>
internal sealed class SksReconciler(KubeClient client, ClusterCaches caches, ScaleTargets targets, AutoscalerOptions options, Reports reports, TimeProvider time, ILogger<SksReconciler> logger)
{
    private const string NotReadyMessage = "K8s Service is not ready";
    private const string BackedByActivator = "Revision is backed by Activator";

    public async Task ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!caches.ServerlessServices.Store.TryGet(key, out var sks) || sks.Metadata.DeletionTimestamp is not null)
        {
            return;
        }

        var conditions = new StatusConditions(ConditionSet.ServerlessService, sks, sks.Status?.Conditions, sks.Status?.ObservedGeneration, time.GetUtcNow());
        var status = new ServerlessServiceStatus
        {
            ObservedGeneration = sks.Metadata.Generation,
            Annotations = sks.Status?.Annotations,
            ServiceName = sks.Status?.ServiceName,
            PrivateServiceName = sks.Status?.PrivateServiceName,
        };
        try
        {
            await EnsurePrivateServiceAsync(sks, conditions, cancellationToken);
            status.PrivateServiceName = SksServices.PrivateName(sks);
            await EnsurePublicServiceAsync(sks, conditions, cancellationToken);
            status.ServiceName = sks.Metadata.Name;
            await EnsureEndpointsAsync(sks, conditions, cancellationToken);
        }
        finally
        {
            status.Conditions = conditions.ToList();
            await WriteStatusAsync(sks, status, cancellationToken);
        }
    }

    private async Task EnsurePrivateServiceAsync(ServerlessService sks, StatusConditions conditions, CancellationToken cancellationToken)
    {
        const string Failure = "error retrieving deployment selector spec";
        var (version, kind, name) = (sks.Spec.ObjectRef?.ApiVersion ?? "", sks.Spec.ObjectRef?.Kind ?? "", sks.Spec.ObjectRef?.Name ?? "");
        var target = await ReconcileException.DuringAsync(Failure, targets.FindAsync(version, kind, new ObjectKey(sks.Metadata.NamespaceProperty, name), cancellationToken).AsTask())
            ?? throw new ReconcileException($"{Failure}: {ScaleTargets.Name(version, kind, name)} not found");
        var wanted = SksServices.Private(sks, target.Spec.Selector?.MatchLabels ?? new Dictionary<string, string>());
        await EnsureServiceAsync(sks, wanted, conditions, isPrivate: true, cancellationToken);
    }

    private Task EnsurePublicServiceAsync(ServerlessService sks, StatusConditions conditions, CancellationToken cancellationToken) =>
        EnsureServiceAsync(sks, SksServices.Public(sks), conditions, isPrivate: false, cancellationToken);

    private async Task EnsureServiceAsync(ServerlessService sks, V1Service wanted, StatusConditions conditions, bool isPrivate, CancellationToken cancellationToken)
    {
        var what = isPrivate ? "private" : "public";
        if (!caches.Services.Store.TryGet(ClusterCaches.KeyOf(wanted), out var found))
        {
            conditions.MarkUnknown(ConditionTypes.EndpointsPopulated, isPrivate ? "CreatingPrivateService" : "CreatingPublicService", NotReadyMessage);
            await ReconcileException.DuringAsync($"failed to create {what} K8s Service", client.CreateAsync(wanted, cancellationToken));
            return;
        }

        RequireOwned(sks, found, "Service", conditions);
        if (SksServices.Repaired(found, wanted) is { } repaired)
        {
            if (isPrivate)
            {
                conditions.MarkUnknown(ConditionTypes.EndpointsPopulated, "UpdatingPrivateService", NotReadyMessage);
            }

            await ReconcileException.DuringAsync($"failed to update {what} K8s Service", client.ReplaceAsync(repaired, cancellationToken));
        }
    }

    private async Task EnsureEndpointsAsync(ServerlessService sks, StatusConditions conditions, CancellationToken cancellationToken)
    {
        var space = sks.Metadata.NamespaceProperty;
        var backends = SksEndpoints.FromSlices(caches.SlicesOf(new ObjectKey(space, SksServices.PrivateName(sks))));
        var activators = SksEndpoints.FromSlices(caches.SlicesOf(new ObjectKey(options.SystemNamespace, SystemNames.ActivatorService)));
        var ready = SksEndpoints.ReadyCount(backends);
        var proxied = sks.Spec.Mode == "Proxy" || ready == 0;
        // Without activators the pods are the better choice, even if there are none.
        var toActivators = proxied && SksEndpoints.ReadyCount(activators) > 0;
        var source = toActivators ? SksEndpoints.Choose(activators, sks.Metadata.Name, sks.Spec.NumActivators ?? 0) : backends;
        await EnsureEndpointsAsync(sks, SksEndpoints.KeepPorts(source, SksServices.TargetPort(sks)), toActivators, conditions, cancellationToken);

        if (ready > 0)
        {
            conditions.MarkTrue(ConditionTypes.EndpointsPopulated);
        }
        else
        {
            conditions.MarkUnknown(ConditionTypes.EndpointsPopulated, "NoHealthyBackends", NotReadyMessage);
        }

        // The reason is the same whether true or false.
        conditions.SetInfo(ConditionTypes.ActivatorEndpointsPopulated, proxied, ConditionTypes.ActivatorEndpointsPopulated, BackedByActivator);
    }

    private async Task EnsureEndpointsAsync(ServerlessService sks, List<V1EndpointSubset>? subsets, bool toActivators, StatusConditions conditions, CancellationToken cancellationToken)
    {
        var wanted = SksServices.PublicEndpoints(sks, subsets);
        var key = ClusterCaches.KeyOf(wanted);
        if (!caches.PublicEndpoints.Store.TryGet(key, out var found))
        {
            conditions.MarkUnknown(ConditionTypes.EndpointsPopulated, "CreatingPublicEndpoints", NotReadyMessage);
            await ReconcileException.DuringAsync("failed to create public K8s Endpoints", client.CreateAsync(wanted, cancellationToken));
        }
        else
        {
            RequireOwned(sks, found, "Endpoints", conditions);
            if (SksEndpoints.AreSame(found.Subsets, subsets))
            {
                return;
            }

            await ReconcileException.DuringAsync(
                "failed to update public K8s Endpoints", client.ReplaceAsync(new V1Endpoints { Metadata = found.Metadata, Subsets = subsets }, cancellationToken));
        }

        AutoscalerLog.EndpointsSwitched(logger, key, toActivators ? "the activators" : "the pods", SksEndpoints.ReadyCount(subsets ?? []));
    }

    private static void RequireOwned(ServerlessService sks, k8s.IKubernetesObject<V1ObjectMeta> child, string kind, StatusConditions conditions)
    {
        if (!ChildObjects.IsOwnedBy(child, sks))
        {
            conditions.MarkFalse(ConditionTypes.EndpointsPopulated, "NotOwned", $"Resource {child.Metadata.Name} of type {kind} is not owned by SKS");
            throw new ReconcileException($"SKS: {sks.Metadata.Name} does not own {kind}: {child.Metadata.Name}");
        }
    }

    private async Task WriteStatusAsync(ServerlessService sks, ServerlessServiceStatus status, CancellationToken cancellationToken)
    {
        if (StatusRules.Differ(sks.Status, status))
        {
            await reports.UpdatingStatusAsync(
                sks, client.ReplaceStatusAsync(new ServerlessService { Metadata = sks.Metadata, Spec = sks.Spec, Status = status }, cancellationToken));
        }
    }
}
