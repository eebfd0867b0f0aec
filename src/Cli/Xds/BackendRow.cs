using System.Collections.Immutable;
using Envoy.Config.Cluster.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Extensions.Upstreams.Http.V3;
using Knative.Xds.ControlPlane.Explaining;
using Knative.Xds.ControlPlane.Resources;
using DiscoveryType = Envoy.Config.Cluster.V3.Cluster.Types.DiscoveryType;

namespace Knative.Xds.Cli.Xds;

/// <summary>A cluster and where its requests go.</summary>
/// <param name="Cluster">Name, <c>namespace/service/port</c>.</param>
/// <param name="Kind"><c>EDS</c>, <c>DNS</c> for an external name, or <c>none</c> for what does not exist.</param>
/// <param name="Protocol"><c>HTTP/1.1</c> or <c>HTTP/2</c>.</param>
/// <param name="Tls">Whether it speaks TLS to the endpoints.</param>
/// <param name="Endpoints">Addresses by priority.</param>
internal sealed record BackendRow(string Cluster, string Kind, string Protocol, bool Tls, ImmutableArray<ExplainedEndpoint> Endpoints)
{
    /// <summary>Reads the clusters of these names.</summary>
    public static async Task<ImmutableArray<BackendRow>> ReadAsync(XdsAdmin server, IReadOnlyCollection<string> names, CancellationToken cancellationToken)
    {
        var rows = ImmutableArray.CreateBuilder<BackendRow>();
        foreach (var name in names)
        {
            if (await server.MessageAsync<Cluster>(ResourceType.Cluster, name, cancellationToken) is { } cluster)
            {
                rows.Add(Of(cluster, await server.MessageAsync<ClusterLoadAssignment>(ResourceType.ClusterLoadAssignment, name, cancellationToken)));
            }
        }

        return rows.ToImmutable();
    }

    /// <summary>Reads all clusters.</summary>
    public static async Task<ImmutableArray<BackendRow>> ReadAllAsync(XdsAdmin server, CancellationToken cancellationToken)
    {
        var clusters = await server.MessagesAsync<Cluster>(ResourceType.Cluster, null, cancellationToken);
        var assignments = await server.MessagesAsync<ClusterLoadAssignment>(ResourceType.ClusterLoadAssignment, null, cancellationToken);
        return [.. clusters.Values.OrderBy(cluster => cluster.Name, StringComparer.Ordinal).Select(cluster => Of(cluster, assignments.GetValueOrDefault(cluster.Name)))];
    }

    private static BackendRow Of(Cluster cluster, ClusterLoadAssignment? assignment)
    {
        var options = cluster.TypedExtensionProtocolOptions.Values.Select(value => value.TryUnpack<HttpProtocolOptions>(out var known) ? known : null).FirstOrDefault(known => known is not null);
        var isHttp2 = options?.ExplicitHttpConfig?.Http2ProtocolOptions is not null;
        return new(
            cluster.Name, KindOf(cluster.Type), isHttp2 ? "HTTP/2" : "HTTP/1.1", cluster.TransportSocket is not null,
            (assignment ?? cluster.LoadAssignment) is { } endpoints ? ExplainedEndpoint.Of(endpoints) : []);
    }

    private static string KindOf(DiscoveryType type) => type switch
    {
        DiscoveryType.Eds => "EDS",
        DiscoveryType.Static => "none",
        _ => "DNS",
    };
}
