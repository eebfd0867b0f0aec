using System.Diagnostics;
using System.Net;
using Knative.Xds.Sandbox.Composition;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>Envoy with one worker, which answers by itself: HTTP/1.1 and h2c on one port.</summary>
internal static class EnvoyUser
{
    /// <remarks>Errors: <see cref="InvalidOperationException"/> when Envoy is missing.</remarks>
    public static ProcessStartInfo Create(string folder, IPEndPoint endPoint)
    {
        var program = EnvoyLocator.Find() ?? throw new InvalidOperationException("there is no Envoy on this machine, which answers HTTP/1.1 and h2c on one port (ENVOY_BIN)");
        var bootstrap = Path.Combine(folder, "envoy.yaml");
        File.WriteAllText(bootstrap, Bootstrap(endPoint));
        return new ProcessStartInfo(program, ["-c", bootstrap, "--disable-hot-restart", "--concurrency", "1", "-l", "error"]);
    }

    private static string Bootstrap(IPEndPoint endPoint) => $$"""
        static_resources:
          listeners:
          - address: { socket_address: { address: {{endPoint.Address}}, port_value: {{endPoint.Port}} } }
            filter_chains:
            - filters:
              - name: http
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                  stat_prefix: in
                  codec_type: AUTO
                  generate_request_id: false
                  route_config:
                    virtual_hosts:
                    - name: all
                      domains: ["*"]
                      routes:
                      - match: { prefix: "/", headers: [ { name: k-network-probe, string_match: { exact: queue } } ] }
                        direct_response: { status: 200, body: { inline_string: queue } }
                      - match: { prefix: "/" }
                        direct_response: { status: 200, body: { inline_string: "hello world\n" } }
                  http_filters:
                  - name: router
                    typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router, suppress_envoy_headers: true }
        """;
}
