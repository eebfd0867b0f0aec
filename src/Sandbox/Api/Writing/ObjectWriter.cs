using System.Text.Json.Nodes;
using Knative.Xds.Sandbox.Api.Applying;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Kinds;
using Knative.Xds.Sandbox.Api.Schemas;
using Knative.Xds.Sandbox.Api.Serving;
using Knative.Xds.Sandbox.Api.Storage;

namespace Knative.Xds.Sandbox.Api.Writing;

/// <summary>Creates and changes objects: the one way into the store.</summary>
/// <remarks>Threading: every write is one critical section of the store, so a patch never meets a conflict that its sender did not ask about.</remarks>
internal sealed class ObjectWriter(ObjectStore store, KindRegistry registry, TimeProvider time)
{
    private const int GeneratedSuffix = 5;
    private const string SuffixLetters = "bcdfghjklmnpqrstvwxz2456789";

    public StoredObject Create(ResourceKind kind, ObjectId id, JsonObject body, IReadOnlyList<string> duplicates, WriteOptions options)
    {
        ObjectChecks.MatchesAddress(body, kind, id);
        DropUnknown(kind, body, duplicates, options);
        lock (store.Gate)
        {
            id = Name(body, id);
            ObjectChecks.NamespaceAccepts(store, registry, kind, id);
            if (store.Find(kind.Resource, id) is not null)
            {
                throw ApiException.AlreadyExists(kind, id.Name);
            }

            PrepareCreate(kind, body, options);
            return options.DryRun ? new StoredObject(body, 0) : store.Put_NeedsLock(kind.Resource, id, body);
        }
    }

    /// <summary>Changes an object: <paramref name="change"/> gets a clone of the current state and returns the wanted one.</summary>
    public StoredObject Change(ResourceKind kind, ObjectId id, Func<JsonObject, JsonObject> change, IReadOnlyList<string> duplicates, WriteOptions options)
    {
        lock (store.Gate)
        {
            var current = store.Find(kind.Resource, id) ?? throw ApiException.NotFound(kind, id.Name);
            var old = kind.At(current.Value);
            var wanted = change(old.Clone());
            ObjectChecks.MatchesAddress(wanted, kind, id);
            CheckPreconditions(kind, id, wanted, old);
            DropUnknown(kind, wanted, duplicates, options);
            return Store_NeedsLock(kind, id, current, Prepare(kind, wanted, old, options), options);
        }
    }

    /// <summary>Server-side apply; creates the object when there is none.</summary>
    public (StoredObject Stored, bool Created) Apply(ResourceKind kind, ObjectId id, JsonObject applied, IReadOnlyList<string> duplicates, WriteOptions options)
    {
        ObjectChecks.MatchesAddress(applied, kind, id);
        DropUnknown(kind, applied, duplicates, options);
        lock (store.Gate)
        {
            var current = store.Find(kind.Resource, id);
            if (current is null && options.Subresource is not null)
            {
                throw ApiException.NotFound(kind, id.Name);
            }

            if (current is null)
            {
                return (Create_NeedsLock(kind, id, applied, options), true);
            }

            var old = kind.At(current.Value);
            CheckPreconditions(kind, id, applied, old);
            var (merged, managers) = ApplyMerge.Apply(kind, old, applied, options, time.GetUtcNow());
            var value = PrepareWithoutManagers(kind, merged, old, options);
            ManagedFields.Write(value, managers);
            return (Store_NeedsLock(kind, id, current, value, options), false);
        }
    }

    private StoredObject Create_NeedsLock(ResourceKind kind, ObjectId id, JsonObject applied, WriteOptions options)
    {
        var managers = ApplyMerge.FirstManagers(kind, applied, options, time.GetUtcNow());
        applied.Metadata()["name"] = id.Name;
        id = Name(applied, id);
        ObjectChecks.NamespaceAccepts(store, registry, kind, id);
        PrepareCreate(kind, applied, options);
        ManagedFields.Write(applied, managers);
        return options.DryRun ? new StoredObject(applied, 0) : store.Put_NeedsLock(kind.Resource, id, applied);
    }

    private static void CheckPreconditions(ResourceKind kind, ObjectId id, JsonObject wanted, JsonObject old)
    {
        var version = wanted.Text("metadata.resourceVersion");
        if (string.IsNullOrEmpty(version))
        {
            return;
        }

        if (version != old.Text("metadata.resourceVersion"))
        {
            throw ApiException.Stale(kind, id.Name);
        }
    }

    private JsonObject Prepare(ResourceKind kind, JsonObject wanted, JsonObject old, WriteOptions options)
    {
        var given = wanted.At("metadata.managedFields")?.DeepClone() as JsonArray;
        var value = PrepareWithoutManagers(kind, wanted, old, options);
        ManagedFields.Update(kind, value, old, given, options, time.GetUtcNow());
        return value;
    }

    private JsonObject PrepareWithoutManagers(ResourceKind kind, JsonObject wanted, JsonObject old, WriteOptions options)
    {
        if (wanted.Text("metadata.uid") is { Length: > 0 } uid && uid != old.Text("metadata.uid"))
        {
            throw ApiException.Conflict(kind, old.Text("metadata.name")!, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {old.Text("metadata.uid")}");
        }

        var value = SubresourceParts.Combine(kind, wanted, old, options.Subresource);
        SystemMetadata.Keep(value, old);
        SchemaDefaults.Apply(value, kind.Schema);
        kind.Rules.PrepareUpdate(value, old, new RuleContext(store, time.GetUtcNow()));
        SystemMetadata.BumpGeneration(kind, value, old);
        ObjectChecks.IsValid(value, old, kind);
        return value;
    }

    private StoredObject Store_NeedsLock(ResourceKind kind, ObjectId id, StoredObject current, JsonObject value, WriteOptions options)
    {
        // A write that changes nothing makes no event: controllers depend on it to come to rest.
        if (Same(value, kind.At(current.Value)))
        {
            return current;
        }

        if (options.DryRun)
        {
            return new StoredObject(value, current.Version);
        }

        if (!SystemMetadata.IsFinished(value))
        {
            return store.Put_NeedsLock(kind.Resource, id, value);
        }

        var last = store.Remove_NeedsLock(kind.Resource, id, value);
        kind.Rules.Removed_NeedsLock(id, store);
        return last;
    }

    private static bool Same(JsonObject value, JsonObject old)
    {
        // Times of managers alone are no change.
        var left = WithoutManagers(value);
        var right = WithoutManagers(old);
        return JsonNode.DeepEquals(left, right) && ManagedFields.SameOwners(value, old);
    }

    private static JsonObject WithoutManagers(JsonObject value)
    {
        var copy = value.Clone();
        copy.Metadata().Remove("managedFields");
        copy.Metadata().Remove("resourceVersion");
        return copy;
    }

    private void PrepareCreate(ResourceKind kind, JsonObject body, WriteOptions options)
    {
        if (kind.HasStatus && !kind.StatusOnCreate)
        {
            body.Remove("status");
        }

        SystemMetadata.Start(kind, body, time.GetUtcNow());
        SchemaDefaults.Apply(body, kind.Schema);
        kind.Rules.PrepareCreate(body, new RuleContext(store, time.GetUtcNow()));
        ObjectChecks.IsValid(body, null, kind);
        ManagedFields.Update(kind, body, new JsonObject(), null, options, time.GetUtcNow());
    }

    private static ObjectId Name(JsonObject body, ObjectId id)
    {
        var metadata = body.Metadata();
        if (string.IsNullOrEmpty(metadata.Text("name")) && metadata.Text("generateName") is { Length: > 0 } prefix)
        {
            metadata["name"] = prefix + System.Security.Cryptography.RandomNumberGenerator.GetString(SuffixLetters, GeneratedSuffix);
        }

        if (id.Namespace.Length > 0)
        {
            metadata["namespace"] = id.Namespace;
        }
        else
        {
            metadata.Remove("namespace");
        }

        return id with { Name = metadata.Text("name") ?? "" };
    }

    private static void DropUnknown(ResourceKind kind, JsonObject body, IReadOnlyList<string> duplicates, WriteOptions options)
    {
        var problems = duplicates.Select(path => $"duplicate field \"{path}\"")
            .Concat(SchemaPruning.Prune(body, kind.Schema).Select(path => $"unknown field \"{path}\"")).ToList();
        if (problems.Count > 0 && options.Validation == FieldValidation.Strict)
        {
            throw ApiException.BadRequest($"{kind.Kind} in version \"{kind.Version}\" cannot be handled as a {kind.Kind}: strict decoding error: {string.Join(", ", problems)}");
        }

        if (options.Validation == FieldValidation.Warn)
        {
            options.Warnings.AddRange(problems);
        }
    }
}
