using System.Collections.Immutable;

namespace Knative.Xds.Sandbox.Api.Storage;

/// <summary>Objects and recent events of one kind.</summary>
/// <remarks>Threading: Objects and Changed may be read from anywhere; all else under the lock of the <see cref="ObjectStore"/>.</remarks>
internal sealed class KindStore(string kind, long compactedAt)
{
    // Enough for a client that was away for a while; older positions get 410 and list again.
    private const int KeptEvents = 8192;

    private readonly List<StoreEvent> _events = [];
    private long _compactedAt = compactedAt;
    private volatile ImmutableSortedDictionary<string, StoredObject> _objects = ImmutableSortedDictionary.Create<string, StoredObject>(StringComparer.Ordinal);

    public string Kind { get; } = kind;
    public ImmutableSortedDictionary<string, StoredObject> Objects => _objects;
    public Pulse Changed { get; } = new();

    public void Load(IEnumerable<KeyValuePair<string, StoredObject>> objects) => _objects = _objects.SetItems(objects);

    public void Apply(string key, StoreEvent change)
    {
        _objects = change.New is null ? _objects.Remove(key) : _objects.SetItem(key, change.New);
        _events.Add(change);
        if (_events.Count >= 2 * KeptEvents)
        {
            _compactedAt = _events[KeptEvents - 1].Version;
            _events.RemoveRange(0, KeptEvents);
        }
    }

    /// <summary>Copies the events after a version; false when some of them are gone.</summary>
    public bool TryReadAfter(long version, List<StoreEvent> into)
    {
        if (version < _compactedAt)
        {
            return false;
        }

        var start = _events.Count;
        while (start > 0 && _events[start - 1].Version > version)
        {
            start--;
        }

        into.AddRange(_events[start..]);
        return true;
    }
}
