using System.Diagnostics;
using System.Globalization;
using System.Net;
using Knative.Xds.Scenarios.Rig;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>A user container that costs as little as it can: nginx with one worker, which answers from its configuration. It answers probes of queue-proxies, too: behind an activator it stands for those as well.</summary>
internal sealed class UserServer : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(10);
    private readonly Process _process;
    private readonly string _folder;

    private UserServer(Process process, string folder, IPEndPoint endPoint) => (_process, _folder, EndPoint) = (process, folder, endPoint);

    public IPEndPoint EndPoint { get; }

    /// <summary>Starts it; it listens when this returns.</summary>
    /// <remarks>Errors: <see cref="InvalidOperationException"/> when nginx is missing or does not start.</remarks>
    public static UserServer Start(ProxyProtocol protocol, IPEndPoint endPoint)
    {
        var program = Tools.Find("nginx") ?? throw new InvalidOperationException("nginx is not on this machine (Debian: nginx-light)");
        var folder = Directory.CreateTempSubdirectory("kxds-user-").FullName;
        var configuration = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(configuration, Configuration(protocol, folder, endPoint));
        var process = Process.Start(new ProcessStartInfo(program, ["-p", folder, "-c", configuration, "-e", Path.Combine(folder, "error.log")]))!;
        WaitForPort(process, endPoint);
        return new UserServer(process, folder, endPoint);
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
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

    private static void WaitForPort(Process process, IPEndPoint endPoint)
    {
        var start = Stopwatch.GetTimestamp();
        while (!LocalPort.Accepts(endPoint))
        {
            if (process.HasExited || Stopwatch.GetElapsedTime(start) > StartLimit)
            {
                throw new InvalidOperationException("nginx does not listen");
            }

            Thread.Yield();
        }
    }
}
