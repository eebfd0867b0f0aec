using System.Collections.Immutable;
using Knative.Xds.ControlPlane.Resources;

namespace Knative.Xds.ControlPlane.Protocol;

/// <summary>Bounds of one stream.</summary>
public sealed record StreamPolicy
{
    /// <summary>The default bounds.</summary>
    public static StreamPolicy Default { get; } = new();

    /// <value>Bytes of a response of a by-name type, with all that is around its resources; the rest follows after its ACK, and a resource that is larger alone goes alone.
    /// Default 2 MiB: gRPC clients refuse messages of more than 4 MiB.</value>
    public int MaxResponseBytes { get; init; } = 2 * 1024 * 1024;
    /// <value>Names that a client may subscribe to per type. Default 200,000: ten times the largest fleet measured.</value>
    public int MaxNames { get; init; } = 200_000;
    /// <value>Secrets that a client may hold under other names than their own (another case, a host that a wildcard covers): the choice of names is with whoever
    /// connects to the gateway, so the oldest is taken away for a new one. From so many names on, <see cref="AnsweredSecrets"/> decides which of a state-of-the-world client's are answered. Default 1,024.</value>
    public int MaxAliases { get; init; } = 1_024;
    /// <value>Length of a name. Default 4,096 characters.</value>
    public int MaxNameLength { get; init; } = 4_096;
    /// <value>Length of all names of a stream together, of all types, with the versions that it says it holds. Default 64 Mi characters: five times what 10,000 ingresses come to.</value>
    public long MaxTotalNameLength { get; init; } = 64 * 1024 * 1024;
    /// <value>Types that the client may not have; it is told nothing of them. Default none.</value>
    public ImmutableHashSet<ResourceType> Withheld { get; init; } = [];
    /// <value>Ticks (seconds) for which a change waits for the client to take what it depends on. Default 10.</value>
    public int HoldTicks { get; init; } = 10;
    /// <value>Ticks after which a response of a type need not wait for the answer to the one before. Default 30.</value>
    public int AnswerTicks { get; init; } = 30;
    /// <value>The same for clusters, whose ACK Envoy holds back until none of them is warming. Default 2: one that cannot warm must not keep all others waiting.</value>
    public int ClusterAnswerTicks { get; init; } = 2;
    /// <value>Name of this server, which gateways show as <c>control_plane.identifier</c>; empty for none.</value>
    public string Identifier { get; init; } = "";
}
