using System.Collections.Concurrent;
using System.Globalization;
using k8s.Models;
using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Core.Model;
using Knative.Xds.Kube.Client;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>Sets spec.replicas of scale targets.</summary>
/// <remarks>Threading: safe; one patch at a time for a target.</remarks>
internal sealed class ScaleWriter(KubeClient client, ClusterCaches caches, ILogger<ScaleWriter> logger)
{
    private readonly ConcurrentDictionary<ObjectKey, Applied> _applied = new();

    /// <summary>Sets the scale unless it is so already.</summary>
    /// <remarks>Errors: <see cref="InvalidOperationException"/> when there is no such target, <see cref="KubeException"/> when the API refuses.</remarks>
    public async Task ApplyAsync(ScaleTarget target, int want, string why, CancellationToken cancellationToken)
    {
        var applied = _applied.GetOrAdd(target.Key, _ => new Applied());
        await applied.Turn.WaitAsync(cancellationToken);
        try
        {
            await ApplyInTurnAsync(target, want, why, applied, cancellationToken);
        }
        finally
        {
            applied.Turn.Release();
        }
    }

    public void Forget(ObjectKey key) => _applied.TryRemove(key, out _);

    private async Task ApplyInTurnAsync(ScaleTarget target, int want, string why, Applied applied, CancellationToken cancellationToken)
    {
        var name = target.Deployment;
        if (!caches.Deployments.Store.TryGet(name, out var deployment))
        {
            throw new InvalidOperationException($"failed to apply scale {want} to scale target {name.Name}: deployments.apps \"{name.Name}\" not found");
        }

        // Until our own patch shows in the cache, the cached number is the one from before it.
        var version = deployment.Metadata.ResourceVersion;
        var current = applied.Version == version ? applied.Want : deployment.Spec?.Replicas ?? 1;
        if (current == want)
        {
            return;
        }

        var patch = $$"""[{"op":"add","path":"/spec/replicas","value":{{want.ToString(CultureInfo.InvariantCulture)}}}]""";
        await client.PatchAsync<V1Deployment>(name, new V1Patch(patch, V1Patch.PatchType.JsonPatch), "scale", cancellationToken);
        (applied.Version, applied.Want) = (version, want);
        AutoscalerLog.Scaled(logger, target.Key, current, want, why);
    }

    /// <summary>The last patch of a target; guarded by its turn.</summary>
    private sealed class Applied
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);
        public string? Version { get; set; }
        public int Want { get; set; }
    }
}
