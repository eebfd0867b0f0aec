using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using k8s;
using k8s.Models;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Kube.Watching;

/// <summary>Objects of one kind by key, with secondary indexes. Objects in it are shared: never change them.</summary>
/// <remarks>Threading: one writer (its informer), any number of readers.</remarks>
public sealed class ObjectStore<T> where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly ConcurrentDictionary<ObjectKey, T> _objects = new();
    private ImmutableDictionary<string, StoreIndex<T>> _indexes = ImmutableDictionary<string, StoreIndex<T>>.Empty;

    /// <summary>Number of objects.</summary>
    public int Count => _objects.Count;

    /// <summary>Adds an index; only before its informer runs. An object may have any number of values.</summary>
    public void AddIndex(string name, Func<T, IEnumerable<string>> values)
    {
        if (!_objects.IsEmpty)
        {
            throw new InvalidOperationException($"index {name} comes too late: the store has objects");
        }

        _indexes = _indexes.Add(name, new StoreIndex<T>(values));
    }

    /// <summary>Finds an object by key.</summary>
    public bool TryGet(ObjectKey key, [NotNullWhen(true)] out T? value) => _objects.TryGetValue(key, out value);

    /// <summary>All objects at this moment, in no order.</summary>
    public IReadOnlyCollection<T> List() => (IReadOnlyCollection<T>)_objects.Values;

    /// <summary>Objects that have <paramref name="value"/> in the index, in no order.</summary>
    /// <remarks>Errors: <see cref="ArgumentException"/> when there is no such index.</remarks>
    public IReadOnlyCollection<T> ByIndex(string index, string value) =>
        _indexes.TryGetValue(index, out var found) ? found.Find(value) : throw new ArgumentException($"no index {index}", nameof(index));

    /// <summary>Keys at this moment.</summary>
    internal IReadOnlyCollection<ObjectKey> Keys() => (IReadOnlyCollection<ObjectKey>)_objects.Keys;

    /// <summary>Puts an object in place of <paramref name="old"/>, the one that is stored (null when there is none).</summary>
    internal void Put(ObjectKey key, T? old, T value)
    {
        // Index functions may throw on odd objects: all of them run before anything changes.
        var moves = _indexes.Values.Select(index => index.Move(key, old, value)).ToArray();
        _objects[key] = value;
        Array.ForEach(moves, move => move());
    }

    /// <summary>Removes the stored object.</summary>
    internal void Remove(ObjectKey key, T old)
    {
        // Whoever sees that an object has gone finds it in no index either.
        foreach (var index in _indexes.Values)
        {
            index.Move(key, old, null)();
        }

        _objects.TryRemove(key, out _);
    }
}
