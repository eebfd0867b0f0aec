using System.Collections.Concurrent;
using k8s.Models;
using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Autoscaler.Reconciling;

/// <summary>Sets spec.replicas of scale targets.</summary>
/// <remarks>Threading: safe; one patch at a time for a target.</remarks>
internal sealed class ScaleWriter(ScaleTargets targets, ILogger<ScaleWriter> logger)
{
    private readonly ConcurrentDictionary<ObjectKey, Applied> _applied = new();

    /// <summary>Sets the scale unless it is so already.</summary>
    /// <remarks>Errors: <see cref="ReconcileException"/> when there is no such target or the API refuses.</remarks>
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
        var (what, name) = (target.Pa.Spec.ScaleTargetRef, target.Object);
        var failure = $"error scaling target: failed to apply scale {want} to scale target {name.Name}";
        var found = await ReconcileException.DuringAsync(failure, targets.FindAsync(what.ApiVersion, what.Kind, name, cancellationToken).AsTask())
            ?? throw new ReconcileException($"{failure}: {ScaleTargets.Name(what.ApiVersion, what.Kind, name.Name)} not found");

        // Until our own patch shows in the cache, the cached number is the one from before it.
        var version = found.Metadata.ResourceVersion;
        var current = applied.Version == version ? applied.Want : found.Spec.Replicas;
        if (!ScalePatch.IsNeeded(current, want))
        {
            return;
        }

        var patch = new V1Patch(ScalePatch.Text(want), V1Patch.PatchType.JsonPatch);
        await ReconcileException.DuringAsync(failure, targets.PatchScaleAsync(what.ApiVersion, what.Kind, name, patch, cancellationToken));
        (applied.Version, applied.Want) = (version, want);
        AutoscalerLog.Scaled(logger, target.Key, current ?? 1, want, why);
    }

    /// <summary>The last patch of a target; guarded by its turn.</summary>
    private sealed class Applied
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);
        public string? Version { get; set; }
        public int Want { get; set; }
    }
}
