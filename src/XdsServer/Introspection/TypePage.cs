using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.XdsServer.Introspection;

/// <summary>What a node has of one type.</summary>
/// <param name="Type">Kind, e.g. <c>rds</c>.</param>
/// <param name="Wildcard">It asks for everything.</param>
/// <param name="Names">Names that it asks for one by one.</param>
/// <param name="Synced">Resources whose newest version it has taken.</param>
/// <param name="Stale">Those whose newest version is sent and not answered.</param>
/// <param name="NotSent">Those whose newest version waits for something.</param>
/// <param name="Refused">Those whose newest version it has refused.</param>
/// <param name="Missing">Those that it asks for and that there are not.</param>
/// <param name="Responses">Responses sent, taken and refused so far.</param>
/// <param name="LastSent">When the last response was sent.</param>
/// <param name="LastAck">When the last one was taken.</param>
/// <param name="LastRefusal">When the last one was refused.</param>
/// <param name="LastRefusalMessage">The node's words for that.</param>
/// <param name="Resources">The resources that are not as they should be, or all.</param>
public sealed record TypePage(
    string Type, bool Wildcard, int Names, int Synced, int Stale, int NotSent, int Refused, int Missing, TypePage.Counts Responses,
    DateTimeOffset? LastSent, DateTimeOffset? LastAck, DateTimeOffset? LastRefusal, string? LastRefusalMessage, IReadOnlyList<TypePage.Entry> Resources)
{
    internal static TypePage Of(StreamRecord stream, HeldType held)
    {
        var activity = stream[held.Type];
        return new(
            held.Type.ShortName(), held.IsWildcard, held.Names, held.Synced,
            held.Count(HeldState.Stale), held.Count(HeldState.NotSent), held.Count(HeldState.Refused), held.Count(HeldState.Missing),
            new(activity.Sent, activity.Acked, activity.Refused),
            activity.LastSent, activity.LastAck, activity.LastRefusal, activity.LastRefusal is null ? null : activity.LastRefusalMessage,
            [.. held.Resources.Select(resource => Entry.Of(stream, held.Type, resource))]);
    }

    /// <summary>Responses.</summary>
    public sealed record Counts(long Sent, long Acked, long Refused);

    /// <summary>A resource.</summary>
    /// <param name="Name">Name.</param>
    /// <param name="State">How the node stands to it.</param>
    /// <param name="Version">Version that it has; null when it has none.</param>
    /// <param name="Wanted">Version that it should have; null when it should have none.</param>
    /// <param name="Reason">Why it refused it.</param>
    public sealed record Entry(string Name, HeldState State, string? Version, string? Wanted, string? Reason)
    {
        internal static Entry Of(StreamRecord stream, ResourceType type, HeldResource resource) => new(
            resource.Name, resource.State,
            resource.Version.Length > 0 ? resource.Version : null,
            resource.Wanted?.Version,
            resource.State == HeldState.Refused ? stream.RefusalOf(new(type, resource.Name)) : null);
    }
}
