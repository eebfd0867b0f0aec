using System.Diagnostics;
using System.Globalization;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>Envoy as a plain forwarder, for comparison.</summary>
internal static class EnvoyForwarder
{
    private const int Port = 8012;

    public static ProxyCandidate Create(string envoy, ProxyProtocol protocol, int userPort)
    {
        var path = Path.Combine(Path.GetTempPath(), $"kxds-forwarder-{Environment.ProcessId}.yaml");
        File.WriteAllText(path, Bootstrap(protocol, userPort));
        var concurrency = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture);
        var start = new ProcessStartInfo(envoy, ["-c", path, "--disable-hot-restart", "--concurrency", concurrency, "-l", "error"]) { RedirectStandardError = true, RedirectStandardOutput = true };
        return new ProxyCandidate(start, Port);
    }

    private static string Bootstrap(ProxyProtocol protocol, int userPort) => $$"""
        static_resources:
          listeners:
          - address: { socket_address: { address: 127.0.0.1, port_value: {{Port}} } }
            filter_chains:
            - filters:
              - name: http
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                  stat_prefix: in
                  codec_type: AUTO
                  route_config: { virtual_hosts: [ { name: all, domains: ["*"], routes: [ { match: { prefix: "/" }, route: { cluster: user, timeout: 300s } } ] } ] }
                  http_filters:
                  - name: router
                    typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
          clusters:
          - name: user
            type: STATIC
            connect_timeout: 5s
            {{(protocol == ProxyProtocol.H2c ? Http2 : "")}}
            load_assignment: { cluster_name: user, endpoints: [ { lb_endpoints: [ { endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: {{userPort}} } } } } ] } ] }
        """;

    private const string Http2 = """typed_extension_protocol_options: { envoy.extensions.upstreams.http.v3.HttpProtocolOptions: { "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: { http2_protocol_options: {} } } }""";
}
