using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>All types of one stream against the newest snapshot; picks what the next response of a type holds.</summary>
internal sealed class StreamState
{
    private readonly ImmutableArray<TypeState> _types;
    private readonly HashSet<string> _warming = new(StringComparer.Ordinal);
    private readonly HoldRules _rules;
    private readonly StreamPolicy _policy;
    private readonly bool _isStateOfTheWorld;

    public StreamState(StreamPolicy policy, ResourceSnapshot snapshot, bool isStateOfTheWorld)
    {
        _types = [.. ResourceTypes.All.Select(type => new TypeState(type, isStateOfTheWorld))];
        (_policy, _isStateOfTheWorld) = (policy, isStateOfTheWorld);
        _rules = new HoldRules(_types);
        Returning = new(this[ResourceType.Cluster], this[ResourceType.ClusterLoadAssignment], this[ResourceType.RouteConfiguration], policy.HoldTicks);
        Snapshot = snapshot;
    }

    public ResourceSnapshot Snapshot { get; private set; }

    /// <summary>The client's first set of clusters, when it comes back with some.</summary>
    public ReturningClusters Returning { get; }

    public bool IsHolding => Returning.IsWaiting || _types.Any(state => state.Agenda.IsHolding);

    public TypeState this[ResourceType type] => _types[(int)type];

    public void Absorb(ResourceSnapshot snapshot)
    {
        Snapshot = snapshot;
        foreach (var state in _types)
        {
            state.Absorb(snapshot[state.Type]);
        }
    }

    /// <summary>Whether a look at <see cref="Select"/> is due.</summary>
    public bool IsDue(TypeState state) =>
        (state.IsDue && !(state.Type == ResourceType.Cluster && Returning.IsWaiting)) || (state is { Type: ResourceType.ScopedRouteConfiguration, IsKnown: true, Unanswered.IsWaiting: false } && _warming.Count > 0);

    /// <summary>Picks what the next response changes; names that wait stay dirty.</summary>
    public Selection Select(TypeState state)
    {
        _rules.Begin();
        var selection = new Selection([], []);
        var waiting = new List<EncodedResource>();
        var room = ResponseRoom.For(state.Type, _policy, _isStateOfTheWorld);
        var candidates = state.TakeCandidates(out var suspects);
        foreach (var name in candidates)
        {
            if (!Decide(state, name, selection, waiting, room))
            {
                break;
            }
        }

        if (state.Type == ResourceType.ScopedRouteConfiguration && !suspects)
        {
            Warm(waiting, selection);
        }

        return selection;
    }

    /// <summary>After clusters were sent: their assignments must follow even if the client has them.</summary>
    /// <remarks>Envoy does not ask again for a modified cluster's assignment over delta, and warms for 15 s without it.</remarks>
    public void ForceAssignments(IEnumerable<EncodedResource> clusters)
    {
        var assignments = this[ResourceType.ClusterLoadAssignment];
        foreach (var name in clusters.SelectMany(cluster => cluster.References).Where(assignments.Subscription.Names.Contains))
        {
            assignments.Agenda.Force(name);
        }
    }

    /// <summary>Decides about one name.</summary>
    /// <returns>Whether there was room for it.</returns>
    private bool Decide(TypeState state, string name, Selection selection, List<EncodedResource> waiting, ResponseRoom room)
    {
        if (state.Type == ResourceType.ScopedRouteConfiguration && _warming.Contains(name))
        {
            state.Agenda.Settle(name);
            return true;
        }

        var next = state.Subscription.Covers(name) ? Snapshot[state.Type].Find(name) : null;
        return next is null ? DecideRemoval(state, name, selection, room) : DecideUpdate(state, next, selection, waiting, room);
    }

    private bool DecideUpdate(TypeState state, EncodedResource next, Selection selection, List<EncodedResource> waiting, ResponseRoom room)
    {
        var client = state.Client.Find(next.Name);
        if (client?.ToldVersion == next.Version && !state.Agenda.Forced.Contains(next.Name))
        {
            state.Agenda.Settle(next.Name);
            return true;
        }

        var step = _rules.Step(state, client, next, Snapshot);
        if (_rules.Holds(state, client, step, Snapshot) || (step != next && client?.ToldVersion == step.Version))
        {
            waiting.Add(next);
            state.Agenda.Hold(next.Name);
            return true;
        }

        if (!room.TryTake(step))
        {
            return false;
        }

        selection.Updates.Add(step);
        return true;
    }

    private bool DecideRemoval(TypeState state, string name, Selection selection, ResponseRoom room)
    {
        var client = state.Client.Find(name);
        // A refused resource is in no set, so that there is nothing to leave out.
        var isTold = state.IsWholeSet ? client?.Held is not null : client?.ToldVersion is not null;
        if (!isTold && (state.IsWholeSet || !state.Agenda.Forced.Contains(name)))
        {
            state.Miss(name);
            state.Agenda.Settle(name);
        }
        else if (isTold && _rules.HoldsRemoval(state, name))
        {
            state.Agenda.Hold(name);
        }
        else if (room.TryTake(name))
        {
            selection.Removals.Add(name);
        }
        else
        {
            return false;
        }

        return true;
    }

    /// <summary>Adds a warming scope for each route configuration that waiting scopes want and the client does not hold; takes those away that did their work.</summary>
    private void Warm(List<EncodedResource> waiting, Selection selection)
    {
        var scopes = this[ResourceType.ScopedRouteConfiguration];
        var routes = this[ResourceType.RouteConfiguration].Subscription;
        // Whoever asks for scopes by name would not take one that it does not know.
        var needed = (scopes.Subscription.IsWildcard ? waiting : []).SelectMany(scope => scope.References)
            .Where(name => !routes.Covers(name) || _warming.Contains(WarmingScope.NameOf(name)))
            .ToHashSet(StringComparer.Ordinal);
        foreach (var scope in needed.Select(WarmingScope.Of).Where(scope => _warming.Add(scope.Name)).OrderBy(scope => scope.Name, StringComparer.Ordinal))
        {
            // A client that comes back may have it from the former stream.
            selection.Removals.Remove(scope.Name);
            if (scopes.Client.Find(scope.Name)?.AcceptedVersion != scope.Version)
            {
                selection.Updates.Add(scope);
            }
        }

        foreach (var name in _warming.Except(needed.Select(WarmingScope.NameOf)).Order(StringComparer.Ordinal).ToList())
        {
            _warming.Remove(name);
            if (scopes.Subscription.IsWildcard)
            {
                selection.Removals.Add(name);
            }
        }
    }
}
