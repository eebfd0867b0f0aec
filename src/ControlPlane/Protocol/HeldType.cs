using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>What a client has of one type.</summary>
/// <param name="Type">The type.</param>
/// <param name="IsWildcard">It asks for everything.</param>
/// <param name="Names">Names that it asks for one by one.</param>
/// <param name="Synced">Resources of state <see cref="HeldState.Synced"/>.</param>
/// <param name="Resources">Resources by name: all, or those of every other state.</param>
public sealed record HeldType(ResourceType Type, bool IsWildcard, int Names, int Synced, ImmutableArray<HeldResource> Resources)
{
    /// <summary>Resources of a state; 0 for <see cref="HeldState.Synced"/> when only the others are listed: see <see cref="Synced"/>.</summary>
    public int Count(HeldState state) => Resources.Count(resource => resource.State == state);
}
