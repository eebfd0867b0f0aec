using System.Collections.Concurrent;
using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;
using Knative.Xds.Kube.Watching;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Controllers;

/// <summary>Keeps the pods of each Deployment, without ReplicaSets in between: pods carry the hash of their template.</summary>
internal sealed class DeploymentController : IDisposable
{
    /// <summary>Label with the hash of the template that a pod was made from.</summary>
    public const string HashLabel = "pod-template-hash";

    private readonly KubeClient _client;
    private readonly TimeProvider _time;
    private readonly Informer<V1Deployment> _deployments;
    private readonly OwnedPods _pods;
    private readonly ReconcileLoop _loop;
    private readonly ConcurrentDictionary<ObjectKey, string> _written = new();

    public DeploymentController(KubeClient client, Informer<V1Pod> pods, TimeProvider time, ILogger logger)
    {
        (_client, _time) = (client, time);
        _loop = new ReconcileLoop("Deployment controller", ReconcileAsync, time, logger);
        _deployments = new Informer<V1Deployment>(client, new ObjectQuery(), time, logger);
        _deployments.OnChange(change => _loop.Add(change.Key));
        _pods = new OwnedPods(pods, time);
        pods.OnChange(change => Enqueue(change.New ?? change.Old!));
    }

    /// <summary>Runs until the token fires; <paramref name="podsSynced"/> tells when the pods are known.</summary>
    public async Task RunAsync(Task podsSynced, CancellationToken cancellationToken)
    {
        var watching = _deployments.RunAsync(cancellationToken);
        await Task.WhenAll(podsSynced, _deployments.Synced).WaitAsync(cancellationToken);
        await Task.WhenAll(watching, _loop.RunAsync(cancellationToken));
    }

    public void Dispose() => _loop.Dispose();

    private void Enqueue(V1Pod pod)
    {
        if (OwnedPods.Owner(pod) is { Kind: "Deployment" } owner)
        {
            _loop.Add(new ObjectKey(pod.Metadata.NamespaceProperty, owner.Name));
        }
    }

    private async Task ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (!_deployments.Store.TryGet(key, out var deployment) || deployment.Metadata.DeletionTimestamp is not null)
        {
            _written.TryRemove(key, out _);
            return;
        }

        var hash = ShortHash.Of(KubernetesJson.Serialize(deployment.Spec.Template), 10);
        var pods = _pods.ActiveOf(deployment.Metadata.Uid);
        var (current, old) = Split(pods, hash);
        var plan = deployment.Spec.Paused == true && old.Count > 0
            ? new RolloutPlan(0, [])
            : RolloutPlan.Decide(deployment, current, old, pod => IsAvailable(deployment, pod));
        await Task.WhenAll([
            .. Enumerable.Range(0, plan.Create).Select(_ => CreateAsync(deployment, hash, cancellationToken)),
            .. plan.Delete.Select(pod => DeleteAsync(pod, cancellationToken)),
        ]);
        (current, old) = Split(_pods.ActiveOf(deployment.Metadata.Uid), hash);
        await WriteStatusAsync(key, deployment, current, old, cancellationToken);
        LookAgainWhenAvailable(key, deployment, current);
    }

    private static (List<V1Pod> Current, List<V1Pod> Old) Split(IEnumerable<V1Pod> pods, string hash)
    {
        var byTemplate = pods.ToLookup(pod => pod.Metadata.Labels is { } labels && labels.TryGetValue(HashLabel, out var own) && own == hash);
        return ([.. byTemplate[true]], [.. byTemplate[false]]);
    }

    private bool IsAvailable(V1Deployment deployment, V1Pod pod) =>
        PodFacts.ReadySince(pod) is { } since && (deployment.Spec.MinReadySeconds ?? 0) is var wait && (wait == 0 || since.AddSeconds(wait) <= _time.GetUtcNow().UtcDateTime);

    private void LookAgainWhenAvailable(ObjectKey key, V1Deployment deployment, List<V1Pod> pods)
    {
        if (deployment.Spec.MinReadySeconds is > 0 and var wait && pods.Any(pod => PodFacts.IsReady(pod) && !IsAvailable(deployment, pod)))
        {
            _loop.AddAfter(key, TimeSpan.FromSeconds(wait));
        }
    }

    private async Task CreateAsync(V1Deployment deployment, string hash, CancellationToken cancellationToken)
    {
        var template = deployment.Spec.Template;
        var pod = new V1Pod
        {
            Metadata = new V1ObjectMeta
            {
                Name = ShortHash.Name(ShortHash.Name(deployment.Metadata.Name, hash), ShortHash.New()),
                NamespaceProperty = deployment.Metadata.NamespaceProperty,
                Labels = new Dictionary<string, string>(template.Metadata?.Labels ?? new Dictionary<string, string>()) { [HashLabel] = hash },
                Annotations = template.Metadata?.Annotations,
                OwnerReferences = [new V1OwnerReference
                {
                    ApiVersion = "apps/v1",
                    Kind = "Deployment",
                    Name = deployment.Metadata.Name,
                    Uid = deployment.Metadata.Uid,
                    Controller = true,
                    BlockOwnerDeletion = true,
                }],
            },
            Spec = template.Spec,
        };
        _pods.Created(await _client.CreateAsync(pod, cancellationToken));
    }

    private async Task DeleteAsync(V1Pod pod, CancellationToken cancellationToken)
    {
        _pods.Deleted(pod);
        var options = new V1DeleteOptions { Preconditions = new V1Preconditions { Uid = pod.Metadata.Uid } };
        await _client.DeleteAsync<V1Pod>(new ObjectKey(pod.Metadata.NamespaceProperty, pod.Metadata.Name), options, cancellationToken);
    }

    private async Task WriteStatusAsync(ObjectKey key, V1Deployment deployment, List<V1Pod> current, List<V1Pod> old, CancellationToken cancellationToken)
    {
        var status = DeploymentStatusBuilder.Build(deployment, current, old, pod => IsAvailable(deployment, pod), Pods.KubeTime.Seconds(_time));
        var content = KubernetesJson.Serialize(new V1Deployment { Status = status });
        // What was written last may not have come back by the watch yet; what came back may be another's.
        if (_written.TryGetValue(key, out var last) && last == content && Says(deployment.Status, status))
        {
            return;
        }

        await _client.PatchAsync<V1Deployment>(key, new V1Patch(content, V1Patch.PatchType.MergePatch), "status", cancellationToken);
        _written[key] = content;
    }

    private static bool Says(V1DeploymentStatus? stored, V1DeploymentStatus status) => stored is not null
        && stored.ObservedGeneration == status.ObservedGeneration && (stored.Replicas ?? 0) == status.Replicas
        && (stored.UpdatedReplicas ?? 0) == status.UpdatedReplicas && (stored.ReadyReplicas ?? 0) == status.ReadyReplicas
        && (stored.AvailableReplicas ?? 0) == status.AvailableReplicas;
}
