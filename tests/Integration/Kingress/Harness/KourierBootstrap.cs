using System.Globalization;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>The bootstrap that net-kourier's manifests give its gateways; only addresses of this machine and free ports are in the place of theirs.</summary>
/// <remarks>Facts: knative-extensions/net-kourier config/200-bootstrap.yaml.</remarks>
internal static class KourierBootstrap
{
    private const string Text = """
        node:
          id: 3scale-kourier-gateway
          cluster: kourier-knative
        dynamic_resources:
          ads_config:
            transport_api_version: V3
            api_type: GRPC
            rate_limit_settings: {}
            grpc_services:
              - envoy_grpc: { cluster_name: xds_cluster }
          cds_config: { resource_api_version: V3, ads: {} }
          lds_config: { resource_api_version: V3, ads: {} }
        static_resources:
          listeners:
            - name: stats_listener
              address: { socket_address: { address: "::", ipv4_compat: true, port_value: STATS_PORT } }
              filter_chains:
                - filters:
                    - name: envoy.filters.network.http_connection_manager
                      typed_config:
                        "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                        stat_prefix: stats_server
                        http_filters:
                          - name: envoy.filters.http.router
                            typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
                        route_config:
                          virtual_hosts:
                            - name: admin_interface
                              domains: ["*"]
                              routes:
                                - match: { safe_regex: { regex: "/(certs|stats(/prometheus)?|server_info|clusters|listeners|ready)?" }, headers: [{ name: ":method", string_match: { exact: GET } }] }
                                  route: { cluster: service_stats }
                                - match: { safe_regex: { regex: "/drain_listeners" }, headers: [{ name: ":method", string_match: { exact: POST } }] }
                                  route: { cluster: service_stats }
          clusters:
            - name: service_stats
              connect_timeout: 0.250s
              type: STATIC
              load_assignment:
                cluster_name: service_stats
                endpoints:
                  - lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ADMIN_PORT } } } }]
            - name: xds_cluster
              connect_timeout: 1s
              type: STRICT_DNS
              typed_extension_protocol_options:
                envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                  "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                  explicit_http_config:
                    http2_protocol_options: { connection_keepalive: { interval: 30s, timeout: 5s } }
              load_assignment:
                cluster_name: xds_cluster
                endpoints:
                  - lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: XDS_PORT } } } }]
        admin:
          access_log:
            - name: envoy.access_loggers.stdout
              typed_config: { "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog }
          address: { socket_address: { address: 127.0.0.1, port_value: ADMIN_PORT } }
        """;

    public static string Of(int xdsPort, int statsPort, int adminPort) => Text
        .Replace("XDS_PORT", Written(xdsPort), StringComparison.Ordinal)
        .Replace("STATS_PORT", Written(statsPort), StringComparison.Ordinal)
        .Replace("ADMIN_PORT", Written(adminPort), StringComparison.Ordinal);

    private static string Written(int port) => port.ToString(CultureInfo.InvariantCulture);
}
