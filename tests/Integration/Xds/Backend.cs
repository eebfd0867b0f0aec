using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Integration.Xds;

/// <summary>An HTTP server that answers every request with its name, or as it is told.</summary>
internal sealed class Backend : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Backend(WebApplication app, int port) => (_app, Port) = (app, port);

    public int Port { get; }
    /// <summary>The revision header of the requests so far, newest last.</summary>
    public ConcurrentQueue<string?> Revisions { get; } = new();
    /// <summary>The hash header of the requests so far, newest last.</summary>
    public ConcurrentQueue<string?> Hashes { get; } = new();
    /// <summary>The names of the headers of the requests so far, newest last.</summary>
    public ConcurrentQueue<IReadOnlyCollection<string>> HeaderNames { get; } = new();

    public static async Task<Backend> StartAsync(string name, RequestDelegate? answer = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Logging.ClearProviders();
        var app = builder.Build();
        Backend? backend = null;
        app.Run(context =>
        {
            backend!.Revisions.Enqueue(context.Request.Headers[Core.Wire.HeaderNames.RevisionName]);
            backend.Hashes.Enqueue(context.Request.Headers[Core.Wire.HeaderNames.NetworkHash]);
            backend.HeaderNames.Enqueue([.. context.Request.Headers.Keys]);
            return answer is null ? context.Response.WriteAsync(name) : answer(context);
        });
        // Set before the first request can come: it is not known to anyone yet.
        await app.StartAsync();
        return backend = new Backend(app, new Uri(app.Urls.First()).Port);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
