using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>Two servers that all revisions share: <c>a</c> and <c>b</c>; each answers with its letter.</summary>
internal sealed class Backends : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Backends(WebApplication app, int[] ports) => (_app, Ports) = (app, ports);

    /// <summary>Ports of a and b.</summary>
    public IReadOnlyList<int> Ports { get; }

    public static async Task<Backends> StartAsync(CancellationToken cancellationToken)
    {
        var ports = FreePorts.Take(2);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => Array.ForEach(ports, port => kestrel.Listen(IPAddress.Parse(OwnNetwork.PodAddress), port)));
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync(context.Connection.LocalPort == ports[0] ? "a" : "b", context.RequestAborted));
        await app.StartAsync(cancellationToken);
        return new(app, ports);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
