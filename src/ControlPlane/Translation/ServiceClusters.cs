using Envoy.Config.Cluster.V3;
using Envoy.Config.Core.V3;
using Envoy.Config.Endpoint.V3;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Envoy.Type.Matcher.V3;
using Google.Protobuf.WellKnownTypes;
using Knative.Xds.Core.Networking;
using UpstreamOptions = Envoy.Extensions.Upstreams.Http.V3.HttpProtocolOptions;

namespace Knative.Xds.ControlPlane.Translation;

/// <summary>Clusters of the services that gateways use themselves.</summary>
internal static class ServiceClusters
{
    /// <summary>The service that authorizes requests; net-kourier's name.</summary>
    public const string Authorization = "extAuthz";

    /// <summary>The collector of traces; net-kourier's name.</summary>
    public const string Tracing = "otel-collector";

    private const string ProtocolOptionsKey = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Those that the settings name.</summary>
    public static IEnumerable<Cluster> Of(GatewaySettings settings)
    {
        if (settings.Authorization is { } service)
        {
            yield return Named(Authorization, service.Host, service.Port, service.Protocol == AuthorizationProtocol.Grpc, service.Protocol == AuthorizationProtocol.Https, settings);
        }

        if (settings.Tracing is { } tracing)
        {
            yield return Named(Tracing, tracing.Host, (uint)tracing.Port, tracing.IsGrpc, tracing.Scheme == "https", settings);
        }
    }

    private static Cluster Named(string name, string host, uint port, bool http2, bool tls, GatewaySettings settings) => new()
    {
        Name = name,
        Type = Cluster.Types.DiscoveryType.StrictDns,
        ConnectTimeout = Duration.FromTimeSpan(ConnectTimeout),
        PerConnectionBufferLimitBytes = UpstreamLimits.BufferBytes,
        DnsLookupFamily = Cluster.Types.DnsLookupFamily.V4Preferred,
        LoadAssignment = new ClusterLoadAssignment
        {
            ClusterName = name,
            Endpoints = { new LocalityLbEndpoints { LbEndpoints = { new LbEndpoint { Endpoint = new Endpoint { Address = SocketAddresses.Of(host, (int)port) } } } } },
        },
        TransportSocket = tls ? Tls(host, http2, settings.AuthoritiesFile) : null,
        TypedExtensionProtocolOptions = { [ProtocolOptionsKey] = Any.Pack(Protocol(http2)) },
    };

    private static UpstreamOptions Protocol(bool http2) => new()
    {
        ExplicitHttpConfig = http2
            ? new UpstreamOptions.Types.ExplicitHttpConfig { Http2ProtocolOptions = UpstreamLimits.Http2() }
            : new UpstreamOptions.Types.ExplicitHttpConfig { HttpProtocolOptions = new Http1ProtocolOptions() },
    };

    private static TransportSocket Tls(string host, bool http2, string authoritiesFile) => new()
    {
        Name = "envoy.transport_sockets.tls",
        TypedConfig = Any.Pack(new UpstreamTlsContext
        {
            Sni = System.Net.IPAddress.TryParse(host, out _) ? "" : host,
            CommonTlsContext = new CommonTlsContext
            {
                AlpnProtocols = { http2 ? "h2" : "http/1.1" },
                ValidationContext = new CertificateValidationContext
                {
                    TrustedCa = new DataSource { Filename = authoritiesFile },
                    MatchTypedSubjectAltNames = { new SubjectAltNameMatcher { SanType = KindOf(host), Matcher = new StringMatcher { Exact = host } } },
                },
            },
        }),
    };

    private static SubjectAltNameMatcher.Types.SanType KindOf(string host) =>
        System.Net.IPAddress.TryParse(host, out _) ? SubjectAltNameMatcher.Types.SanType.IpAddress : SubjectAltNameMatcher.Types.SanType.Dns;
}
