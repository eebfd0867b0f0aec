using System.Diagnostics;
using System.Globalization;
using System.Net;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>nginx with one worker, which answers from its configuration. Its ports take one protocol each.</summary>
internal static class NginxUser
{
    /// <remarks>Errors: <see cref="InvalidOperationException"/> when nginx is missing.</remarks>
    public static ProcessStartInfo Create(ProxyProtocol protocol, string folder, IPEndPoint endPoint)
    {
        var program = Tools.Find("nginx") ?? throw new InvalidOperationException("nginx is not on this machine (Debian: nginx-light)");
        var configuration = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(configuration, Configuration(protocol, folder, endPoint));
        return new ProcessStartInfo(program, ["-p", folder, "-c", configuration, "-e", Path.Combine(folder, "error.log")]);
    }

    // Root's nginx wants a user for its worker; this one reads nothing but its configuration.
    private static string Configuration(ProxyProtocol protocol, string folder, IPEndPoint endPoint) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        daemon off;
        user root;
        worker_processes 1;
        pid {{folder}}/pid;
        events { worker_connections 8192; }
        http {
          access_log off;
          keepalive_requests 1000000000;
          keepalive_timeout 1h;
          http2_max_concurrent_streams 1024;
          server {
            listen {{endPoint}} {{(protocol == ProxyProtocol.H2c ? "http2" : "")}} reuseport;
            default_type text/plain;
            if ($http_k_network_probe = queue) { return 200 queue; }
            location / { return 200 "hello world\n"; }
          }
        }
        """);
}
