using Knative.Xds.Sandbox.Api.Json;
using Knative.Xds.Sandbox.Api.Selecting;
using Knative.Xds.Sandbox.Api.Storage;

namespace Knative.Xds.Sandbox.Api.Serving;

/// <summary>Which objects a watch shows, and what a change looks like through that window: an object that comes into the selection is added, one that leaves it is deleted.</summary>
internal sealed class WatchFilter(string space, LabelSelector labels, FieldSelector fields)
{
    public bool Matches(string key, StoredObject stored) => ReadHandler.InNamespace(key, space) && labels.Matches(stored.Value) && fields.Matches(stored.Value);

    public void Send(StoreEvent change, WatchStream stream)
    {
        var key = change.Last.Id.Key;
        var before = change.Old is not null && Matches(key, change.Old);
        var after = change.New is not null && Matches(key, change.New);
        if (after)
        {
            stream.Add(before ? "MODIFIED" : "ADDED", change.New!);
        }
        else if (before)
        {
            stream.Add("DELETED", change.New is null ? change.Last : LastSeen(change));
        }
    }

    // The client is shown what it knew, at the version in which it lost sight of it.
    private static StoredObject LastSeen(StoreEvent change) => new(change.Old!.Value.Clone(), change.Version);
}
