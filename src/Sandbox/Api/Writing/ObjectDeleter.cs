using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Kinds;
using Knative.Xds.Sandbox.Api.Serving;
using Knative.Xds.Sandbox.Api.Storage;

namespace Knative.Xds.Sandbox.Api.Writing;

/// <summary>Deletes objects: at once, or by a deletionTimestamp when finalizers, dependents or a kubelet must act first.</summary>
internal sealed class ObjectDeleter(ObjectStore store, TimeProvider time)
{
    public const string ForegroundFinalizer = "foregroundDeletion";
    public const string OrphanFinalizer = "orphan";

    /// <summary>Returns the last state, and whether the object is gone.</summary>
    public (StoredObject Last, bool Gone) Delete(ResourceKind kind, ObjectId id, DeleteOptions options)
    {
        lock (store.Gate)
        {
            var current = store.Find(kind.Resource, id) ?? throw ApiException.NotFound(kind, id.Name);
            CheckPreconditions(kind, id, current, options);
            var value = current.Value.Clone();
            AddFinalizer(value, options.Propagation);
            if (kind.IsNamespaceKind)
            {
                value.Put("status.phase", "Terminating");
            }

            Mark(value, Grace(kind, value, options));
            if (kind.TracksGeneration && current.Value.At("metadata.deletionTimestamp") is null && value.Number("metadata.generation") is { } generation)
            {
                value.Metadata()["generation"] = generation + 1;
            }

            var gone = SystemMetadata.IsFinished(value);
            return (Store_NeedsLock(kind, id, current, value, gone, options.DryRun), gone);
        }
    }

    private StoredObject Store_NeedsLock(ResourceKind kind, ObjectId id, StoredObject current, JsonObject value, bool gone, bool dryRun)
    {
        if (dryRun)
        {
            return current;
        }

        if (gone)
        {
            // An object that goes at once leaves as it was: only one that had to wait shows when it was to go.
            var last = store.Remove_NeedsLock(kind.Resource, id, current.Value.At("metadata.deletionTimestamp") is null && kind.Plural != "pods" ? current.Value.Clone() : value);
            kind.Rules.Removed_NeedsLock(id, store);
            return last;
        }

        return JsonNode.DeepEquals(value, current.Value) ? current : store.Put_NeedsLock(kind.Resource, id, value);
    }

    private static void CheckPreconditions(ResourceKind kind, ObjectId id, StoredObject current, DeleteOptions options)
    {
        if (options.Uid is { } uid && uid != current.Uid)
        {
            throw ApiException.Conflict(kind, id.Name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {current.Uid}");
        }

        var version = current.Value.Text("metadata.resourceVersion");
        if (options.ResourceVersion is { Length: > 0 } wanted && wanted != version)
        {
            throw ApiException.Conflict(kind, id.Name, $"Precondition failed: ResourceVersion in precondition: {wanted}, ResourceVersion in object meta: {version}");
        }
    }

    private static void AddFinalizer(JsonObject value, string? propagation)
    {
        var finalizer = propagation switch { DeleteOptions.Foreground => ForegroundFinalizer, DeleteOptions.Orphan => OrphanFinalizer, _ => null };
        if (finalizer is not null && !value.Texts("metadata.finalizers").Contains(finalizer))
        {
            value.Metadata()["finalizers"] = JsonNodes.ToArray([.. value.Texts("metadata.finalizers"), finalizer]);
        }
    }

    // A pod that runs on a node stays until its kubelet confirms, by a delete with grace 0, that it has stopped.
    private static long Grace(ResourceKind kind, JsonObject value, DeleteOptions options)
    {
        var scheduled = kind is { Group: "", Plural: "pods" } && value.Text("spec.nodeName") is { Length: > 0 };
        if (!scheduled || value.Text("status.phase") is "Succeeded" or "Failed")
        {
            return 0;
        }

        var grace = Math.Max(0, options.GraceSeconds ?? value.Number("spec.terminationGracePeriodSeconds") ?? 30);
        return value.Number("metadata.deletionGracePeriodSeconds") is { } earlier ? Math.Min(earlier, grace) : grace;
    }

    private void Mark(JsonObject value, long grace)
    {
        var metadata = value.Metadata();
        if (metadata["deletionTimestamp"] is null || metadata.Number("deletionGracePeriodSeconds") != grace)
        {
            metadata["deletionTimestamp"] = SystemMetadata.Format(time.GetUtcNow().AddSeconds(grace));
            metadata["deletionGracePeriodSeconds"] = grace;
        }
    }
}
