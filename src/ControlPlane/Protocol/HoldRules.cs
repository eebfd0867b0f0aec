using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>Make before break: which changes wait until the client has taken what they depend on.</summary>
/// <remarks>Source: xDS protocol, "eventual consistency considerations"; Envoy 1.40 holds a CDS ACK back until no cluster of it is warming.</remarks>
internal sealed class HoldRules(IReadOnlyList<TypeState> types)
{
    private Departures? _departures;

    /// <summary>Starts a round: answers are cached until the next one.</summary>
    public void Begin() => _departures = null;

    /// <summary>What is sent in place of a new version; usually that itself.</summary>
    public EncodedResource Step(TypeState state, ClientResource? client, EncodedResource next, ResourceSnapshot snapshot) =>
        state.Type == ResourceType.RouteConfiguration && client?.Accepted is { } accepted && !state.Agenda.Released.Contains(next.Name) && DeparturesIn(snapshot).IsExchange(next.Name)
            ? accepted.BridgesTo == next.Version ? accepted : BridgingRoutes.Of(accepted, next)
            : next;

    /// <summary>Whether a new version must wait.</summary>
    public bool Holds(TypeState state, ClientResource? client, EncodedResource next, ResourceSnapshot snapshot)
    {
        var released = state.Agenda.Released.Contains(next.Name);
        if (client?.AcceptedVersion is null)
        {
            // There is nothing to break. But routes go behind their clusters: their acknowledgement is to mean that the hosts work.
            return state.Type == ResourceType.RouteConfiguration && !released && next.References.Any(name => IsUntold(Of(ResourceType.Cluster), name, snapshot));
        }

        return state.Type switch
        {
            ResourceType.RouteConfiguration => next.References.Any(name => Awaits(Of(ResourceType.Cluster), name, state.IsResumed, snapshot, released, anyVersion: true)) || (!released && next.BridgesTo is null && DeparturesIn(snapshot).Concern(next.Name)),
            ResourceType.ScopedRouteConfiguration => IsRepointed(client, next) && next.References.Any(name => Awaits(Of(ResourceType.RouteConfiguration), name, state.IsResumed, snapshot, released, anyVersion: false)),
            _ => false,
        };
    }

    /// <summary>Whether a removal must wait, as the client holds something that refers to it.</summary>
    /// <remarks>Whatever is referred to by routes whose newest version the client refuses stays without limit, as they do.</remarks>
    public bool HoldsRemoval(TypeState state, string name) => !state.Agenda.Released.Contains(name) ? IsReferredTo(state, name) : state.Type switch
    {
        ResourceType.Cluster => Of(ResourceType.RouteConfiguration).Client.MayKeepReferringTo(name),
        // An assignment is named like its cluster.
        ResourceType.ClusterLoadAssignment => Of(ResourceType.Cluster).Client.MayReferTo(name) && Of(ResourceType.RouteConfiguration).Client.MayKeepReferringTo(name),
        _ => false,
    };

    private bool IsReferredTo(TypeState state, string name) => state.Type switch
    {
        ResourceType.Cluster => MayRefer(Of(ResourceType.RouteConfiguration), state, name),
        ResourceType.ClusterLoadAssignment => MayRefer(Of(ResourceType.Cluster), state, name),
        ResourceType.RouteConfiguration => MayRefer(Of(ResourceType.ScopedRouteConfiguration), state, name),
        _ => false,
    };

    /// <summary>Whether the client asks for a resource and was not told of it yet: an earlier response is not answered.</summary>
    private static bool IsUntold(TypeState state, string name, ResourceSnapshot snapshot) =>
        state.IsKnown && state.Subscription.Covers(name) && snapshot[state.Type].Find(name) is not null && state.Client.Find(name)?.ToldVersion is null;

    /// <summary>Whether the client may hold something that refers to a resource. On a resumed stream it may hold more than it has told yet.</summary>
    private static bool MayRefer(TypeState referring, TypeState state, string name) => referring.IsKnown ? referring.Client.MayReferTo(name) : state.IsResumed;

    private TypeState Of(ResourceType type) => types[(int)type];

    /// <summary>Whether the client has yet to take a resource. A refused one is waited for without limit: what refers to it stays at its last good version.</summary>
    private static bool Awaits(TypeState state, string name, bool isResumed, ResourceSnapshot snapshot, bool released, bool anyVersion)
    {
        // A client that comes back asks for one type after the other, and holds what it has yet to ask for.
        var wanted = state.IsKnown ? !IsByName(state) || state.Type == ResourceType.RouteConfiguration || state.Subscription.Covers(name) : isResumed;
        if (!wanted || snapshot[state.Type].Find(name) is not { } current)
        {
            return false;
        }

        var client = state.Client.Find(name);
        var taken = anyVersion ? client?.AcceptedVersion is not null : client?.AcceptedVersion == current.Version || client?.Accepted?.BridgesTo == current.Version;
        return !taken && (!released || client?.RejectedVersion is not null);
    }

    private static bool IsByName(TypeState state) => !state.Subscription.IsWildcard;

    private static bool IsRepointed(ClientResource client, EncodedResource next) =>
        client.Accepted is not { } accepted || !accepted.References.SequenceEqual(next.References, StringComparer.Ordinal);

    /// <summary>Until a scope has moved away from a route configuration, its hosts must stay in there.</summary>
    private Departures DeparturesIn(ResourceSnapshot snapshot) => _departures ??= Departures.Of(Of(ResourceType.ScopedRouteConfiguration), snapshot);
}
