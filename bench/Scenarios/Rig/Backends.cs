using System.Globalization;
using System.Net;
using Knative.Xds.Sandbox.Processes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>Two servers that all revisions share: <c>a</c> and <c>b</c>; each answers with its letter. nginx where present, as it costs the least, else Kestrel in this process.</summary>
internal sealed class Backends : IAsyncDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);
    private readonly WebApplication? _app;

    private Backends(WebApplication? app, int[] ports) => (_app, Ports) = (app, ports);

    /// <summary>Ports of a and b.</summary>
    public IReadOnlyList<int> Ports { get; }

    public static async Task<Backends> StartAsync(ProcessHost processes, string directory, CancellationToken cancellationToken)
    {
        var ports = FreePorts.Take(2);
        return Tools.Find("nginx") is { } nginx ? await StartNginxAsync(nginx, processes, directory, ports, cancellationToken) : await StartKestrelAsync(ports, cancellationToken);
    }

    public ValueTask DisposeAsync() => _app?.DisposeAsync() ?? default;

    private static async Task<Backends> StartNginxAsync(string nginx, ProcessHost processes, string directory, int[] ports, CancellationToken cancellationToken)
    {
        var configuration = Path.Combine(directory, "nginx.conf");
        await File.WriteAllTextAsync(configuration, Configuration(directory, ports), cancellationToken);
        processes.Start(new ChildProcessStart { Command = [nginx, "-p", directory, "-c", configuration, "-e", Path.Combine(directory, "nginx.log")] });
        while (!ports.All(port => LocalPort.Accepts(new IPEndPoint(IPAddress.Parse(OwnNetwork.PodAddress), port))))
        {
            await Task.Delay(Poll, TimeProvider.System, cancellationToken);
        }

        return new(null, ports);
    }

    // Without a master there is one process, which ends with us. Envoy keeps a connection to each cluster that had a request.
    private static string Configuration(string directory, int[] ports) => string.Create(
        CultureInfo.InvariantCulture,
        $$"""
        daemon off;
        master_process off;
        pid {{directory}}/nginx.pid;
        worker_rlimit_nofile 100000;
        events { worker_connections 65536; }
        http {
          access_log off;
          keepalive_requests 1000000000;
          keepalive_timeout 1h;
          default_type text/plain;
          server { listen {{OwnNetwork.PodAddress}}:{{ports[0]}} backlog=4096; location / { return 200 a; } }
          server { listen {{OwnNetwork.PodAddress}}:{{ports[1]}} backlog=4096; location / { return 200 b; } }
        }
        """);

    private static async Task<Backends> StartKestrelAsync(int[] ports, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => Array.ForEach(ports, port => kestrel.Listen(IPAddress.Parse(OwnNetwork.PodAddress), port)));
        var app = builder.Build();
        app.Run(context =>
        {
            context.Response.ContentLength = 1;
            return context.Response.WriteAsync(context.Connection.LocalPort == ports[0] ? "a" : "b", context.RequestAborted);
        });
        await app.StartAsync(cancellationToken);
        return new(app, ports);
    }
}
