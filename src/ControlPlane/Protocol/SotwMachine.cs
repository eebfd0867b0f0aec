using System.IO.Hashing;
using System.Text;
using Envoy.Service.Discovery.V3;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>One state-of-the-world ADS stream.</summary>
/// <remarks>Source: xDS protocol, "state of the world". Collections are sent whole, the other types by what changed.
/// What a client of a collection holds back (a refused version, a removal that waits) stays in the set at its last good version.</remarks>
public sealed class SotwMachine(StreamPolicy policy, ResourceSnapshot snapshot) : StreamMachine<DiscoveryRequest>(policy, snapshot, isStateOfTheWorld: true)
{
    private readonly HashSet<ResourceType> _named = [];
    private int _unanswered;

    private protected override void Apply(DiscoveryRequest request)
    {
        if (Open(request.TypeUrl, request.Node, out var first) is not { } state)
        {
            return;
        }

        var names = state.Type == ResourceType.Secret ? AnsweredOf(state, request.ResourceNames) : request.ResourceNames;
        if (!Allows(state, names))
        {
            return;
        }

        if (first)
        {
            Resume(state, request.VersionInfo, names);
        }

        Answer(state, request.ResponseNonce, request.ErrorDetail);
        if (IsStale(state, request, first))
        {
            return;
        }

        Subscribe(state, names.ToHashSet(StringComparer.Ordinal), first);
    }

    private IReadOnlyList<string> AnsweredOf(TypeState state, RepeatedField<string> asked)
    {
        var names = AnsweredSecrets.Of(asked, state.Subscription, Stream.Snapshot[state.Type], Policy);
        state.SendsUnasked = names.Count < asked.Count;
        ReportUnanswered(state.Type, asked.Count - names.Count - _unanswered);
        _unanswered = asked.Count - names.Count;
        return names;
    }

    private protected override void Restrict(TypeState state, Selection selection)
    {
        if (state.Type.IsCollection())
        {
            return;
        }

        // A by-name response has no word for "gone": its absence means nothing, and the client drops it by its parent.
        selection.Removals.ForEach(state.Miss);
        selection.Removals.ForEach(state.Agenda.Settle);
        selection.Removals.Clear();
    }

    private protected override IMessage Encode(TypeState state, Selection selection, string nonce)
    {
        var resources = state.Type.IsCollection() ? Collection(state) : selection.Updates;
        return new DiscoveryResponse
        {
            TypeUrl = state.Type.TypeUrl(),
            Nonce = nonce,
            ControlPlane = Introduction(),
            VersionInfo = VersionOf(resources),
            Resources = { resources.Select(resource => resource.Body) },
        };
    }

    /// <summary>A version on the first request tells that the client holds its names from a former stream, though not at which version each.</summary>
    private void Resume(TypeState state, string version, IReadOnlyList<string> names)
    {
        state.IsResumed = version.Length > 0;
        foreach (var name in state is { IsResumed: true } && !state.Type.IsCollection() ? names : [])
        {
            state.Seed(name, "", null);
        }

        if (state is { Type: ResourceType.ClusterLoadAssignment, IsResumed: true })
        {
            Stream.Returning.Note(names);
        }
        else if (state is { Type: ResourceType.Cluster, IsResumed: true } && HasLegacyWildcard && version != VersionOf(Ordered(Stream.Snapshot[state.Type].Resources)))
        {
            Stream.Returning.Begin();
        }
    }

    private static List<EncodedResource> Collection(TypeState state) => Ordered(state.Client.All.Values.Select(client => client.Held).OfType<EncodedResource>());

    private static List<EncodedResource> Ordered(IEnumerable<EncodedResource> resources) => [.. resources.OrderBy(resource => resource.Name, StringComparer.Ordinal)];

    /// <summary>The client has not seen the newest response: it will ask again after it, with its then-current names.</summary>
    private static bool IsStale(TypeState state, DiscoveryRequest request, bool first) =>
        !first && request.ResponseNonce.Length > 0 && request.ResponseNonce != state.Unanswered.LastNonce;

    private static string VersionOf(List<EncodedResource> resources)
    {
        var hash = new XxHash128();
        foreach (var resource in resources)
        {
            hash.Append(Encoding.UTF8.GetBytes(resource.Name));
            hash.Append(Encoding.UTF8.GetBytes(resource.Version));
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private void Subscribe(TypeState state, HashSet<string> names, bool first)
    {
        var star = names.Remove(Subscription.Wildcard);
        if (star || names.Count > 0)
        {
            _named.Add(state.Type);
        }

        // An empty list means everything only until the first name was sent.
        var wildcard = state.Type.IsCollection() && (star || (HasLegacyWildcard && !_named.Contains(state.Type)));
        var gained = wildcard && !state.Subscription.IsWildcard;
        state.Subscription.IsWildcard = wildcard;
        Drop(state, names);
        var added = names.Where(name => !state.Subscription.Names.Contains(name)).Select(name => NameOf(state, name)).ToList();
        added.ForEach(name => state.Subscription.Add(name));
        added.ForEach(state.Type.IsCollection() ? name => state.Agenda.Dirty.Add(name) : state.Agenda.Force);
        if (gained)
        {
            state.MarkAll(Stream.Snapshot[state.Type]);
        }

        state.OwesResponse |= state.Type.IsCollection() && (first || gained || added.Count > 0);
    }

    private static void Drop(TypeState state, HashSet<string> names)
    {
        foreach (var name in state.Subscription.Names.Where(name => !names.Contains(name)).ToList())
        {
            state.Subscription.Remove(name);
            if (!state.Subscription.IsWildcard)
            {
                state.Forget(name);
            }
        }

        foreach (var name in state.Client.All.Keys.Concat(state.Agenda.Dirty).Where(name => !state.Subscription.Covers(name) && !names.Contains(name)).ToList())
        {
            state.Forget(name);
        }
    }
}
