using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>One incremental (delta) ADS stream.</summary>
/// <remarks>Source: xDS protocol, "incremental xDS"; order within a message: initial versions, subscribe, unsubscribe, ACK or NACK, what is owed.</remarks>
public sealed class DeltaMachine(StreamPolicy policy, ResourceSnapshot snapshot) : StreamMachine<DeltaDiscoveryRequest>(policy, snapshot, isStateOfTheWorld: false)
{
    private protected override void Apply(DeltaDiscoveryRequest request)
    {
        if (Open(request.TypeUrl, request.Node, out var first) is not { } state || (first && !AllowsHeld(state, request.InitialResourceVersions)) || !Allows(state, request.ResourceNamesSubscribe))
        {
            return;
        }

        if (first)
        {
            Seed(state, request);
        }

        Subscribe(state, request.ResourceNamesSubscribe, first);
        Unsubscribe(state, request.ResourceNamesUnsubscribe);
        Answer(state, request.ResponseNonce, request.ErrorDetail);
    }

    private protected override void Restrict(TypeState state, Selection selection)
    {
    }

    private protected override IMessage Encode(TypeState state, Selection selection, string nonce) => new DeltaDiscoveryResponse
    {
        TypeUrl = state.Type.TypeUrl(),
        Nonce = nonce,
        ControlPlane = Introduction(),
        Resources = { selection.Updates.Select(resource => resource.Wire) },
        RemovedResources = { selection.Removals },
    };

    private void Seed(TypeState state, DeltaDiscoveryRequest request)
    {
        ReportTaken(state.Type, [.. request.InitialResourceVersions.Select(held => state.Seed(held.Key, held.Value, Stream.Snapshot[state.Type].Find(held.Key)))]);
    }

    private void Subscribe(TypeState state, RepeatedField<string> names, bool first)
    {
        if (first && names.Count == 0 && HasLegacyWildcard)
        {
            SubscribeToAll(state);
        }

        foreach (var name in names)
        {
            if (name == Subscription.Wildcard)
            {
                SubscribeToAll(state);
            }
            else
            {
                Subscribe(state, NameOf(state, name), first);
            }
        }

        if (first)
        {
            ForgetUncovered(state);
        }
    }

    private void SubscribeToAll(TypeState state)
    {
        if (!state.Type.IsCollection())
        {
            return;
        }

        state.Subscription.IsWildcard = true;
        // Envoy's start waits for the answer, however empty.
        state.OwesResponse = true;
        state.MarkAll(Stream.Snapshot[state.Type]);
    }

    private static void Subscribe(TypeState state, string name, bool first)
    {
        state.Subscription.Add(name);
        if (first && state.Client.Find(name) is not null)
        {
            state.Agenda.Dirty.Add(name);
            return;
        }

        // Whoever asks for a name again may have dropped its copy: answer, whatever it was sent.
        state.Forget(name);
        state.Agenda.Force(name);
    }

    private static void Unsubscribe(TypeState state, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            if (name == Subscription.Wildcard)
            {
                state.Subscription.IsWildcard = false;
                ForgetUncovered(state);
            }
            else if (state.Subscription.Remove(name))
            {
                Unsubscribe(state, name);
            }
        }
    }

    private static void Unsubscribe(TypeState state, string name)
    {
        if (state.Subscription.IsWildcard)
        {
            // The client cannot know whether the wildcard still covers the name: tell it.
            state.Agenda.Force(name);
        }
        else
        {
            state.Forget(name);
        }
    }

    private static void ForgetUncovered(TypeState state)
    {
        foreach (var name in state.Client.All.Keys.Concat(state.Agenda.Dirty).Where(name => !state.Subscription.Covers(name)).ToList())
        {
            state.Forget(name);
        }
    }
}
