using Envoy.Config.Cluster.V3;
using Envoy.Extensions.Upstreams.Http.V3;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>A cluster: how to talk to its endpoints, and where they are told.</summary>
/// <param name="Name">Its name.</param>
/// <param name="AssignmentName">Name of its endpoints in EDS; null when <paramref name="Inline"/> has them.</param>
/// <param name="Inline">Endpoints by address or DNS name.</param>
/// <param name="Transport">How to connect.</param>
internal sealed record GatewayCluster(string Name, string? AssignmentName, EndpointSet? Inline, UpstreamTransport Transport)
{
    private static readonly TimeSpan DefaultConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan DefaultIdleTimeout = TimeSpan.FromHours(1);

    public static GatewayCluster Of(Cluster cluster)
    {
        var options = OptionsOf(cluster);
        var transport = new UpstreamTransport(
            options?.ExplicitHttpConfig?.Http2ProtocolOptions is not null,
            cluster.ConnectTimeout?.ToTimeSpan() ?? DefaultConnectTimeout,
            options?.CommonHttpProtocolOptions?.IdleTimeout?.ToTimeSpan() ?? DefaultIdleTimeout);
        return cluster.Type switch
        {
            Cluster.Types.DiscoveryType.Eds => new(cluster.Name, AssignmentOf(cluster), null, transport),
            Cluster.Types.DiscoveryType.Static or Cluster.Types.DiscoveryType.LogicalDns or Cluster.Types.DiscoveryType.StrictDns when cluster.LoadAssignment is not null =>
                new(cluster.Name, null, EndpointSet.Of(cluster.LoadAssignment), transport),
            _ => throw new InvalidDataException($"cluster {cluster.Name}: type {cluster.Type} is not supported"),
        };
    }

    private static string AssignmentOf(Cluster cluster) => cluster.EdsClusterConfig is { ServiceName.Length: > 0 } eds ? eds.ServiceName : cluster.Name;

    private static HttpProtocolOptions? OptionsOf(Cluster cluster) => cluster.TypedExtensionProtocolOptions.Values
        .Where(options => options.Is(HttpProtocolOptions.Descriptor))
        .Select(options => options.Unpack<HttpProtocolOptions>())
        .FirstOrDefault();
}
