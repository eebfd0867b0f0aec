using System.Text.Json.Nodes;
using System.Threading.Channels;
using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Kinds;
using Knative.Xds.Sandbox.Api.Serving;
using Knative.Xds.Sandbox.Api.Storage;
using Knative.Xds.Sandbox.Api.Writing;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Api.Lifecycle;

/// <summary>Deletes what has lost its last owner, finishes foreground and orphaning deletions, and empties namespaces that are being deleted.</summary>
/// <remarks>Threading: one task handles the changes of the store in order; the indexes are its own.</remarks>
internal sealed class GarbageCollector
{
    private readonly ObjectStore _store;
    private readonly KindRegistry _registry;
    private readonly ObjectWriter _writer;
    private readonly ObjectDeleter _deleter;
    private readonly ILogger _logger;
    private readonly OwnerIndex _index = new();
    private readonly Channel<StoreEvent> _changes = Channel.CreateUnbounded<StoreEvent>(new UnboundedChannelOptions { SingleReader = true });

    public GarbageCollector(ObjectStore store, KindRegistry registry, ObjectWriter writer, ObjectDeleter deleter, ILogger logger)
    {
        (_store, _registry, _writer, _deleter, _logger) = (store, registry, writer, deleter, logger);
        lock (store.Gate)
        {
            store.Listen(change => _changes.Writer.TryWrite(change));
            foreach (var kind in store.Kinds)
            {
                foreach (var stored in kind.Objects.Values)
                {
                    _changes.Writer.TryWrite(new StoreEvent(kind.Kind, stored.Version, null, stored, stored));
                }
            }
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var change in _changes.Reader.ReadAllAsync(cancellationToken))
            {
                Handle(change);
            }
        }
        catch (OperationCanceledException)
        {
            // The API stops.
        }
    }

    private void Handle(StoreEvent change)
    {
        try
        {
            _index.Apply(change);
            if (change.New is null)
            {
                AfterDeletion(change);
            }
            else
            {
                AfterWrite(change, change.New);
            }
        }
        catch (ApiException problem)
        {
            SandboxApiLog.CollectionFailed(_logger, problem, change.Kind, change.Last.Id.Key);
        }
    }

    private void AfterDeletion(StoreEvent change)
    {
        foreach (var dependent in _index.DependentsOf(change.Last.Uid))
        {
            Collect(dependent);
        }

        foreach (var owner in change.Last.Value.Objects("metadata.ownerReferences"))
        {
            if (_index.Find(owner.Text("uid") ?? "") is { } found)
            {
                Finish(found);
            }
        }

        FinishNamespace(change.Last.Id.Namespace);
    }

    private void AfterWrite(StoreEvent change, StoredObject stored)
    {
        var place = new ObjectPlace(change.Kind, stored.Id);
        if (stored.Value.At("metadata.deletionTimestamp") is null)
        {
            Collect(place);
            return;
        }

        Finish(place);
        if (change.Kind == "namespaces")
        {
            EmptyNamespace(stored.Id.Name);
            FinishNamespace(stored.Id.Name);
        }
    }

    // An owner counts as gone when no object has its uid: an owner that never was is gone as well.
    private void Collect(ObjectPlace place)
    {
        var value = _store.Find(place.Kind, place.Id)?.Value;
        var owners = value.Objects("metadata.ownerReferences").ToList();
        if (owners.Count == 0 || value.At("metadata.deletionTimestamp") is not null || owners.Any(owner => Exists(owner.Text("uid") ?? "")))
        {
            return;
        }

        Delete(place, new DeleteOptions(null, null, value.Text("metadata.uid"), null, false));
        SandboxApiLog.Collected(_logger, place.Kind, place.Id.Key);
    }

    // The index lags behind the store: what it does not know yet may have just been created.
    private bool Exists(string uid) => _index.Find(uid) is not null || _store.Kinds.Any(kind => kind.Objects.Values.Any(stored => stored.Uid == uid));

    private void Finish(ObjectPlace place)
    {
        var value = _store.Find(place.Kind, place.Id)?.Value;
        if (value.At("metadata.deletionTimestamp") is null)
        {
            return;
        }

        var uid = value.Text("metadata.uid") ?? "";
        var finalizers = value.Texts("metadata.finalizers").ToList();
        if (finalizers.Contains(ObjectDeleter.OrphanFinalizer))
        {
            foreach (var dependent in _index.DependentsOf(uid))
            {
                Change(dependent, item => RemoveOwner(item, uid));
            }

            Change(place, item => RemoveFinalizer(item, ObjectDeleter.OrphanFinalizer));
        }
        else if (finalizers.Contains(ObjectDeleter.ForegroundFinalizer))
        {
            FinishForeground(place, uid);
        }
    }

    private void FinishForeground(ObjectPlace place, string uid)
    {
        var dependents = _index.DependentsOf(uid).Where(dependent => _store.Find(dependent.Kind, dependent.Id) is not null).ToList();
        foreach (var dependent in dependents.Where(dependent => _store.Find(dependent.Kind, dependent.Id)?.Value.At("metadata.deletionTimestamp") is null))
        {
            Delete(dependent, new DeleteOptions(null, DeleteOptions.Foreground, null, null, false));
        }

        if (!dependents.Any(dependent => Blocks(dependent, uid)))
        {
            Change(place, item => RemoveFinalizer(item, ObjectDeleter.ForegroundFinalizer));
        }
    }

    private bool Blocks(ObjectPlace dependent, string uid) =>
        _store.Find(dependent.Kind, dependent.Id)?.Value.Objects("metadata.ownerReferences").Any(owner => owner.Text("uid") == uid && owner.IsTrue("blockOwnerDeletion")) == true;

    private void EmptyNamespace(string name)
    {
        foreach (var (kind, stored) in Contents(name))
        {
            if (stored.Value.At("metadata.deletionTimestamp") is null)
            {
                Delete(new ObjectPlace(kind, stored.Id), new DeleteOptions(null, null, null, null, false));
            }
        }
    }

    private void FinishNamespace(string name)
    {
        var place = new ObjectPlace("namespaces", new ObjectId("", name));
        if (name.Length > 0 && _store.Find(place.Kind, place.Id)?.Value.At("metadata.deletionTimestamp") is not null && !Contents(name).Any())
        {
            Change(place, item =>
            {
                item.Put("spec.finalizers", new JsonArray());
                return item;
            });
        }
    }

    private IEnumerable<(string Kind, StoredObject Stored)> Contents(string name) =>
        _store.Kinds.SelectMany(kind => kind.Objects.Where(entry => ReadHandler.InNamespace(entry.Key, name) && entry.Key.Contains('/', StringComparison.Ordinal)).Select(entry => (kind.Kind, entry.Value)));

    private void Delete(ObjectPlace place, DeleteOptions options) => Try(place, kind => _deleter.Delete(kind, place.Id, options));

    private void Change(ObjectPlace place, Func<JsonObject, JsonObject> change) =>
        Try(place, kind => _writer.Change(kind, place.Id, change, [], new WriteOptions("garbage-collector") { Validation = FieldValidation.Ignore }));

    private void Try(ObjectPlace place, Action<ResourceKind> action)
    {
        try
        {
            if (_registry.FindResource(place.Kind) is { } kind)
            {
                action(kind);
            }
        }
        catch (ApiException gone) when (gone.Code is 404 or 409)
        {
            // Someone was faster; the event of that change comes next.
        }
    }

    private static JsonObject RemoveFinalizer(JsonObject value, string finalizer)
    {
        value.Metadata()["finalizers"] = JsonNodes.ToArray(value.Texts("metadata.finalizers").Where(name => name != finalizer));
        return value;
    }

    private static JsonObject RemoveOwner(JsonObject value, string uid)
    {
        var kept = value.Objects("metadata.ownerReferences").Where(owner => owner.Text("uid") != uid).Select(owner => owner.DeepClone());
        value.Metadata()["ownerReferences"] = new JsonArray([.. kept]);
        return value;
    }
}
