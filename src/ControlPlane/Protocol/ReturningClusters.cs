using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>The first set of clusters for a state-of-the-world client that comes back. It takes away whatever is not in it, so it waits while routes of the client's may need that.</summary>
/// <remarks>Which clusters the client holds it tells by the assignments that it asks for, which are named like them. What it holds and we do not know, as when a server was started
/// anew, we cannot send again: so its routes go first, as far as they need no cluster that it does not have.
/// Source: xDS protocol, "eventual consistency considerations".</remarks>
/// <param name="clusters">The client's clusters.</param>
/// <param name="assignments">Its assignments.</param>
/// <param name="routes">Its route configurations.</param>
/// <param name="limit">Ticks for which it waits at most.</param>
internal sealed class ReturningClusters(TypeState clusters, TypeState assignments, TypeState routes, int limit)
{
    // A client that comes back asks for all of its types at once.
    private const int FirstRequestTicks = 1;
    private readonly List<string> _held = [];
    private int _ticks;

    /// <summary>The first set waits.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>Begins to wait: the client holds another set than the one that is to be sent.</summary>
    public void Begin()
    {
        IsWaiting = true;
        Note(assignments.Subscription.Names);
    }

    /// <summary>The client holds the clusters of these assignments.</summary>
    public void Note(IEnumerable<string> names)
    {
        foreach (var name in IsWaiting ? names.Where(name => clusters.Client.Find(name) is null).ToList() : [])
        {
            clusters.Client.Seed(name, "", null);
            _held.Add(name);
        }
    }

    /// <summary>Counts a tick of waiting.</summary>
    public void Tick() => _ticks += IsWaiting ? 1 : 0;

    /// <summary>Ends the waiting when it is over; only after all that can be sent before has been.</summary>
    /// <param name="snapshot">The clusters that there are.</param>
    /// <returns>Whether it has ended now.</returns>
    public bool TryEnd(TypeSnapshot snapshot)
    {
        if (!IsWaiting || !IsOver(snapshot))
        {
            return false;
        }

        IsWaiting = false;
        foreach (var name in _held.Where(name => snapshot.Find(name) is null))
        {
            // It goes with the set that is sent now.
            clusters.Forget(name);
        }

        return true;
    }

    private bool IsOver(TypeSnapshot snapshot)
    {
        if (!assignments.IsKnown)
        {
            return _ticks >= FirstRequestTicks;
        }

        return _held.TrueForAll(name => snapshot.Find(name) is not null) || _ticks >= (routes.IsKnown ? limit : FirstRequestTicks) || (routes.IsKnown && !routes.Unanswered.IsWaiting);
    }
}
