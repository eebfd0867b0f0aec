using System.Diagnostics;
using System.Globalization;
using System.Net;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>HAProxy with one thread, which answers from its configuration: HTTP/1.1 and h2c on one port.</summary>
internal static class HaproxyUser
{
    /// <summary>Null when there is no HAProxy on this machine.</summary>
    public static ProcessStartInfo? Create(string folder, IPEndPoint endPoint)
    {
        if (Tools.Find("haproxy") is not { } program)
        {
            return null;
        }

        var configuration = Path.Combine(folder, "haproxy.cfg");
        File.WriteAllText(configuration, Configuration(endPoint));
        return new ProcessStartInfo(program, ["-f", configuration, "-db"]);
    }

    private static string Configuration(IPEndPoint endPoint) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        global
          nbthread 1
          maxconn 8192
          tune.h2.max-concurrent-streams 1024
        defaults
          mode http
          timeout client 1h
          timeout http-keep-alive 1h
        frontend user
          bind {{endPoint}}
          http-request return status 200 content-type text/plain string queue if { req.hdr(k-network-probe) -m str queue }
          http-request return status 200 content-type text/plain string "hello world\n"

        """);
}
