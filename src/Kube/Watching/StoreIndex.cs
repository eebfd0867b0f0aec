using System.Collections.Concurrent;
using System.Collections.Immutable;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Kube.Watching;

/// <summary>Index value → objects. One writer; readers see each value's objects at one moment.</summary>
internal sealed class StoreIndex<T>(Func<T, IEnumerable<string>> values) where T : class
{
    private readonly ConcurrentDictionary<string, ImmutableDictionary<ObjectKey, T>> _buckets = new(StringComparer.Ordinal);
    // What each object was filed under: its own values must not be asked for twice, as the answer could differ.
    private readonly Dictionary<ObjectKey, string[]> _filed = [];

    public IReadOnlyCollection<T> Find(string value) => _buckets.TryGetValue(value, out var bucket) ? [.. bucket.Values] : [];

    /// <summary>Works out a change, and returns what carries it out and cannot fail.</summary>
    public Action Move(ObjectKey key, T? old, T? value)
    {
        var after = value is null ? [] : values(value).Distinct(StringComparer.Ordinal).ToArray();
        return () => File(key, old is null ? [] : _filed.GetValueOrDefault(key, []), after, value);
    }

    private void File(ObjectKey key, string[] before, string[] after, T? value)
    {
        foreach (var gone in before.Except(after, StringComparer.Ordinal))
        {
            var rest = _buckets[gone].Remove(key);
            if (rest.IsEmpty)
            {
                _buckets.TryRemove(gone, out _);
            }
            else
            {
                _buckets[gone] = rest;
            }
        }

        foreach (var present in after)
        {
            _buckets[present] = _buckets.GetValueOrDefault(present, ImmutableDictionary<ObjectKey, T>.Empty).SetItem(key, value!);
        }

        if (value is null)
        {
            _filed.Remove(key);
        }
        else
        {
            _filed[key] = after;
        }
    }
}
