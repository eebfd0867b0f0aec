using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Knative.Xds.ControlPlane.Resources;

/// <summary>What the protocol says about each <see cref="ResourceType"/>.</summary>
public static class ResourceTypes
{
    private const string Prefix = "type.googleapis.com/";

    private static readonly ImmutableArray<string> Urls =
    [
        Prefix + "envoy.config.cluster.v3.Cluster",
        Prefix + "envoy.config.endpoint.v3.ClusterLoadAssignment",
        Prefix + "envoy.extensions.transport_sockets.tls.v3.Secret",
        Prefix + "envoy.config.listener.v3.Listener",
        Prefix + "envoy.config.route.v3.ScopedRouteConfiguration",
        Prefix + "envoy.config.route.v3.RouteConfiguration",
    ];

    private static readonly ImmutableArray<string> ShortNames = ["cds", "eds", "sds", "lds", "srds", "rds"];

    private static readonly FrozenDictionary<string, ResourceType> ByUrl =
        Urls.Select((url, index) => KeyValuePair.Create(url, (ResourceType)index)).ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>All types in push order.</summary>
    public static ImmutableArray<ResourceType> All { get; } = [.. Enum.GetValues<ResourceType>().Order()];

    /// <summary>Type URL on the wire.</summary>
    public static string TypeUrl(this ResourceType type) => Urls[(int)type];

    /// <summary>The usual abbreviation, lower case: <c>cds</c>, <c>eds</c>, <c>sds</c>, <c>lds</c>, <c>srds</c>, <c>rds</c>.</summary>
    public static string ShortName(this ResourceType type) => ShortNames[(int)type];

    /// <summary>Finds the type of a URL; false for types that we do not serve.</summary>
    public static bool TryParse(string typeUrl, out ResourceType type) => ByUrl.TryGetValue(typeUrl, out type);

    /// <summary>Whether resources of the type hold private keys.</summary>
    public static bool HoldsKeys(this ResourceType type) => type.TypeUrl().EndsWith(".tls.v3.Secret", StringComparison.Ordinal);

    /// <summary>Whether clients take the whole collection: an empty list of names means everything, and a state-of-the-world response is the full set.</summary>
    public static bool IsCollection(this ResourceType type) =>
        type is ResourceType.Cluster or ResourceType.Listener or ResourceType.ScopedRouteConfiguration;
}
