using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Knative.Xds.Sandbox.Api.Storage;

/// <summary>All objects of all kinds, with one version counter.</summary>
/// <remarks>Threading: writes, and what must not race with them, happen under <see cref="Gate"/>; snapshots are read without it.</remarks>
internal sealed class ObjectStore
{
    private readonly ConcurrentDictionary<string, KindStore> _kinds = new(StringComparer.Ordinal);
    private readonly long _firstVersion;
    private readonly List<Action<StoreEvent>> _listeners = [];
    private long _version;

    /// <summary>Starts counting above <paramref name="version"/>: everything up to there counts as compacted.</summary>
    public ObjectStore(long version)
    {
        _firstVersion = version;
        _version = version;
    }

    public Lock Gate { get; } = new();

    /// <summary>Version of the latest change.</summary>
    public long Version => Interlocked.Read(ref _version);

    public IEnumerable<KindStore> Kinds => _kinds.Values;

    public KindStore Of(string kind) => _kinds.GetOrAdd(kind, static (name, first) => new KindStore(name, first), _firstVersion);

    public StoredObject? Find(string kind, ObjectId id) => Of(kind).Objects.GetValueOrDefault(id.Key);

    /// <summary>Calls back for every change, in order, under the lock: a listener only hands the event on.</summary>
    public void Listen(Action<StoreEvent> listener) => _listeners.Add(listener);

    /// <summary>Stores a new state of an object; it must not be touched afterwards. Call under <see cref="Gate"/>.</summary>
    public StoredObject Put_NeedsLock(string kind, ObjectId id, JsonObject value)
    {
        var store = Of(kind);
        var stored = new StoredObject(value, NextVersion());
        Publish(store, id, new StoreEvent(kind, stored.Version, store.Objects.GetValueOrDefault(id.Key), stored, stored));
        return stored;
    }

    /// <summary>Removes an object, leaving <paramref name="last"/> as its final state. Call under <see cref="Gate"/>.</summary>
    public StoredObject Remove_NeedsLock(string kind, ObjectId id, JsonObject last)
    {
        var store = Of(kind);
        var final = new StoredObject(last, NextVersion());
        Publish(store, id, new StoreEvent(kind, final.Version, store.Objects.GetValueOrDefault(id.Key), null, final));
        return final;
    }

    private long NextVersion() => Interlocked.Increment(ref _version);

    private void Publish(KindStore store, ObjectId id, StoreEvent change)
    {
        store.Apply(id.Key, change);
        foreach (var listener in _listeners)
        {
            listener(change);
        }

        store.Changed.Fire();
    }
}
