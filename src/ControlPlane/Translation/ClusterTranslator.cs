using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Type.V3;
using Google.Protobuf.WellKnownTypes;
using UpstreamOptions = Envoy.Extensions.Upstreams.Http.V3.HttpProtocolOptions;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>The cluster of a service port. It depends on the Service alone, so equal ports of two ingresses give equal clusters.</summary>
internal static class ClusterTranslator
{
    // What waits for capacity waits in the activator, so Envoy's 1024 must not cut a burst short; memory bounds it: one connection costs some KB.
    // Retries are as many when an activator goes; Envoy's default of 3 fails a third of the requests when a pod dies at 300 of them per second.
    private const uint MaxInFlight = 65536;
    private const string ProtocolOptionsKey = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    // A pod that vanished with its address answers nothing, and the activator can only take over when the attempt ends.
    private static readonly TimeSpan PodConnectTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DnsConnectTimeout = TimeSpan.FromSeconds(5);
    // Shorter than the keep-alive of servers (queue-proxy: 130 s), so that we never send on a connection that the other side is closing.
    private static readonly TimeSpan UpstreamIdleTimeout = TimeSpan.FromSeconds(60);

    public static Cluster Translate(BackendPort backend) => backend.IsMissing ? Nobody(backend) : backend.Service.ExternalName is { } host ? Named(backend, host) : Discovered(backend);

    // One for all that is missing, without endpoints that Envoy would have to ask for: whoever is sent to it is answered with 503.
    private static Cluster Nobody(BackendPort backend)
    {
        var cluster = Common(backend);
        cluster.Type = Cluster.Types.DiscoveryType.Static;
        cluster.ConnectTimeout = Duration.FromTimeSpan(PodConnectTimeout);
        cluster.LoadAssignment = new ClusterLoadAssignment { ClusterName = cluster.Name };
        return cluster;
    }

    private static Cluster Discovered(BackendPort backend)
    {
        var cluster = Common(backend);
        cluster.Type = Cluster.Types.DiscoveryType.Eds;
        cluster.EdsClusterConfig = new Cluster.Types.EdsClusterConfig { EdsConfig = XdsSources.Ads() };
        cluster.ConnectTimeout = Duration.FromTimeSpan(PodConnectTimeout);
        return cluster;
    }

    // Like net-kourier: one address at a time, as behind an external name there is a load balancer.
    private static Cluster Named(BackendPort backend, string host)
    {
        var cluster = Common(backend);
        cluster.Type = Cluster.Types.DiscoveryType.LogicalDns;
        cluster.DnsLookupFamily = Cluster.Types.DnsLookupFamily.V4Preferred;
        cluster.ConnectTimeout = Duration.FromTimeSpan(DnsConnectTimeout);
        cluster.LoadAssignment = new ClusterLoadAssignment
        {
            ClusterName = cluster.Name,
            Endpoints = { new LocalityLbEndpoints { LbEndpoints = { new LbEndpoint { Endpoint = new Endpoint { Address = SocketAddresses.Of(host, backend.Port.Port) } } } } },
        };
        return cluster;
    }

    private static Cluster Common(BackendPort backend) => new()
    {
        Name = backend.ClusterName,
        PerConnectionBufferLimitBytes = UpstreamLimits.BufferBytes,
        // Only ready endpoints are listed: to spread over unready ones ("panic") would miss the activator.
        CommonLbConfig = new Cluster.Types.CommonLbConfig { HealthyPanicThreshold = new Percent() },
        CircuitBreakers = new CircuitBreakers
        {
            Thresholds = { new CircuitBreakers.Types.Thresholds { MaxConnections = MaxInFlight, MaxPendingRequests = MaxInFlight, MaxRequests = MaxInFlight, MaxRetries = MaxInFlight } },
        },
        TransportSocket = backend.IsSecured ? InternalTls.For(backend) : null,
        TypedExtensionProtocolOptions = { [ProtocolOptionsKey] = Any.Pack(Upstream(backend)) },
    };

    private static UpstreamOptions Upstream(BackendPort backend) => new()
    {
        CommonHttpProtocolOptions = new HttpProtocolOptions { IdleTimeout = Duration.FromTimeSpan(UpstreamIdleTimeout) },
        ExplicitHttpConfig = backend.IsHttp2
            ? new UpstreamOptions.Types.ExplicitHttpConfig { Http2ProtocolOptions = UpstreamLimits.Http2() }
            : new UpstreamOptions.Types.ExplicitHttpConfig { HttpProtocolOptions = new Http1ProtocolOptions() },
    };
}
