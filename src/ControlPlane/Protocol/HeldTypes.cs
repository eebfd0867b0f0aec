using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>Tells what a client has from the state of its conversation.</summary>
internal static class HeldTypes
{
    public static HeldType Of(TypeState state, TypeSnapshot snapshot, bool all)
    {
        var resources = ImmutableArray.CreateBuilder<HeldResource>();
        var synced = 0;
        foreach (var name in NamesOf(state, snapshot))
        {
            var resource = Of(state, name, state.Subscription.Covers(name) ? snapshot.Find(name) : null);
            synced += resource.State == HeldState.Synced ? 1 : 0;
            if (all || resource.State != HeldState.Synced)
            {
                resources.Add(resource);
            }
        }

        resources.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
        return new(state.Type, state.Subscription.IsWildcard, state.Subscription.Names.Count, synced, resources.DrainToImmutable());
    }

    private static HashSet<string> NamesOf(TypeState state, TypeSnapshot snapshot)
    {
        var names = state.Client.All.Keys.ToHashSet(StringComparer.Ordinal);
        names.UnionWith(state.Subscription.Names);
        if (state.Subscription.IsWildcard)
        {
            names.UnionWith(snapshot.Names);
        }

        return names;
    }

    private static HeldResource Of(TypeState state, string name, EncodedResource? wanted)
    {
        var client = state.Client.Find(name);
        return new(name, StateOf(client, wanted), client?.AcceptedVersion ?? "", wanted);
    }

    private static HeldState StateOf(ClientResource? client, EncodedResource? wanted) =>
        client is { Offered: not null } or { RemovalOffered: true } ? HeldState.Stale
        : wanted is null ? client?.AcceptedVersion is null ? HeldState.Missing : HeldState.NotSent
        : client?.RejectedVersion == wanted.Version ? HeldState.Refused
        : client?.AcceptedVersion == wanted.Version ? HeldState.Synced
        : HeldState.NotSent;
}
