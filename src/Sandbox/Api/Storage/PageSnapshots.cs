using System.Collections.Immutable;

namespace Knative.Xds.Sandbox.Api.Storage;

/// <summary>Keeps the snapshots that continue tokens refer to, so that all pages of a list show the same moment.</summary>
/// <remarks>Threading: safe for use from many threads.</remarks>
internal sealed class PageSnapshots
{
    private const int Kept = 64;

    private readonly Lock _gate = new();
    private readonly Queue<(string Kind, long Version)> _order = new();
    private readonly Dictionary<(string Kind, long Version), ImmutableSortedDictionary<string, StoredObject>> _snapshots = [];

    public void Keep(string kind, long version, ImmutableSortedDictionary<string, StoredObject> objects)
    {
        lock (_gate)
        {
            if (_snapshots.TryAdd((kind, version), objects))
            {
                _order.Enqueue((kind, version));
            }

            if (_order.Count > Kept)
            {
                _snapshots.Remove(_order.Dequeue());
            }
        }
    }

    public ImmutableSortedDictionary<string, StoredObject>? Find(string kind, long version)
    {
        lock (_gate)
        {
            return _snapshots.GetValueOrDefault((kind, version));
        }
    }
}
