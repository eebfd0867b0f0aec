using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>Make before break: which changes wait until the client has taken what they depend on.</summary>
/// <remarks>Source: xDS protocol, "eventual consistency considerations"; Envoy 1.40 holds a CDS ACK back until no cluster of it is warming.</remarks>
internal sealed class HoldRules(IReadOnlyList<TypeState> types)
{
    private HashSet<string>? _leaving;

    /// <summary>Starts a round: answers are cached until the next one.</summary>
    public void Begin() => _leaving = null;

    /// <summary>Whether a new version must wait. A client that has no version of it gets it at once: there is nothing to break.</summary>
    public bool Holds(TypeState state, ClientResource? client, EncodedResource next, ResourceSnapshot snapshot)
    {
        if (client?.AcceptedVersion is null)
        {
            return false;
        }

        var released = state.Released.Contains(next.Name);
        return state.Type switch
        {
            ResourceType.RouteConfiguration => next.References.Any(name => Awaits(Of(ResourceType.Cluster), name, snapshot, released, anyVersion: true)) || (!released && IsBeingLeft(next.Name, snapshot)),
            ResourceType.ScopedRouteConfiguration => IsRepointed(client, next) && next.References.Any(name => Awaits(Of(ResourceType.RouteConfiguration), name, snapshot, released, anyVersion: false)),
            _ => false,
        };
    }

    /// <summary>Whether a removal must wait, as the client holds something that refers to it.</summary>
    public bool HoldsRemoval(TypeState state, string name) => !state.Released.Contains(name) && state.Type switch
    {
        ResourceType.Cluster => MayBeUsed(state, ResourceType.RouteConfiguration, name),
        ResourceType.ClusterLoadAssignment => MayBeUsed(state, ResourceType.Cluster, name),
        ResourceType.RouteConfiguration => MayBeUsed(state, ResourceType.ScopedRouteConfiguration, name),
        _ => false,
    };

    /// <summary>A client that comes back tells what it holds type by type: until it has told of the users, there may be any.</summary>
    private bool MayBeUsed(TypeState state, ResourceType users, string name) =>
        Of(users).MayReferTo(name) || (state.IsReturning && !Of(users).IsKnown);

    private TypeState Of(ResourceType type) => types[(int)type];

    /// <summary>Whether the client has yet to take a resource. A refused one is waited for without limit: what refers to it stays at its last good version.</summary>
    private static bool Awaits(TypeState state, string name, ResourceSnapshot snapshot, bool released, bool anyVersion)
    {
        var wanted = state.IsKnown && (!IsByName(state) || state.Type == ResourceType.RouteConfiguration || state.Subscription.Covers(name));
        if (!wanted || snapshot[state.Type].Find(name) is not { } current)
        {
            return false;
        }

        var client = state.Find(name);
        var taken = anyVersion ? client?.AcceptedVersion is not null : client?.AcceptedVersion == current.Version;
        return !taken && (!released || client?.RejectedVersion is not null);
    }

    private static bool IsByName(TypeState state) => !state.Subscription.IsWildcard;

    private static bool IsRepointed(ClientResource client, EncodedResource next) =>
        client.Accepted is not { } accepted || !accepted.References.SequenceEqual(next.References, StringComparer.Ordinal);

    /// <summary>Whether a scope is about to move away from a route configuration: until it has, its hosts must stay in there.</summary>
    private bool IsBeingLeft(string routes, ResourceSnapshot snapshot) => (_leaving ??= Leaving(snapshot)).Contains(routes);

    private HashSet<string> Leaving(ResourceSnapshot snapshot)
    {
        var scopes = Of(ResourceType.ScopedRouteConfiguration);
        var moving = scopes.Dirty.Concat(scopes.InFlight?.Offers.Select(offer => offer.Name) ?? []);
        var left = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in moving)
        {
            if (scopes.Find(name) is { Accepted: { } old } && snapshot[scopes.Type].Find(name) is { } next)
            {
                left.UnionWith(old.References.Except(next.References, StringComparer.Ordinal));
            }
        }

        return left;
    }
}
