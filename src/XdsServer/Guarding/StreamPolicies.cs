using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Protocol;
using Knative.Xds.ControlPlane.Resources;
using Knative.Xds.XdsServer.Security;

namespace Knative.Xds.XdsServer.Guarding;

/// <summary>The bounds of a stream's conversation.</summary>
internal static class StreamPolicies
{
    private static readonly ImmutableHashSet<ResourceType> Keys = [.. ResourceTypes.All.Where(type => type.HoldsKeys())];

    /// <summary>The bounds for a peer.</summary>
    /// <remarks>Private keys go to peers alone that have proven who they are, or need not: and to those only the keys that an ingress of their fleet names.</remarks>
    public static StreamPolicy For(StreamPeer peer, XdsServerOptions options) => new()
    {
        MaxNames = options.MaxNames,
        HoldTicks = Math.Max(1, (int)Math.Ceiling(options.HoldLimit.TotalSeconds)),
        Identifier = $"kxds-xds-server/{Environment.MachineName}",
        MaxNameLength = options.MaxNameLength,
        MaxTotalNameLength = options.MaxTotalNameLength,
        Withheld = peer.MayHoldKeys ? [] : Keys,
    };
}
