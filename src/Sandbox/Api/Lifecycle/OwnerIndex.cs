using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Storage;

namespace Knative.Xds.Sandbox.Api.Lifecycle;

/// <summary>Where each uid lives, and who depends on it.</summary>
internal sealed class OwnerIndex
{
    private readonly Dictionary<string, ObjectPlace> _places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<ObjectPlace>> _dependents = new(StringComparer.Ordinal);

    public ObjectPlace? Find(string uid) => _places.TryGetValue(uid, out var place) ? place : null;

    public IReadOnlyList<ObjectPlace> DependentsOf(string uid) => _dependents.TryGetValue(uid, out var found) ? [.. found] : [];

    public void Apply(StoreEvent change)
    {
        var place = new ObjectPlace(change.Kind, change.Last.Id);
        foreach (var uid in Owners(change.Old))
        {
            if (_dependents.TryGetValue(uid, out var found) && found.Remove(place) && found.Count == 0)
            {
                _dependents.Remove(uid);
            }
        }

        if (change.New is null)
        {
            _places.Remove(change.Last.Uid);
            return;
        }

        _places[change.New.Uid] = place;
        foreach (var uid in Owners(change.New))
        {
            if (!_dependents.TryGetValue(uid, out var found))
            {
                found = [];
                _dependents[uid] = found;
            }

            found.Add(place);
        }
    }

    private static IEnumerable<string> Owners(StoredObject? stored) => stored?.Value.Objects("metadata.ownerReferences").Select(owner => owner.Text("uid")).OfType<string>() ?? [];
}
