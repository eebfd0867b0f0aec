using System.Net;
using System.Net.WebSockets;
using Knative.Xds.Core.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Scenarios.Proxying;

/// <summary>Takes activators' reports as an autoscaler does, and forgets them.</summary>
internal sealed class ReportSink : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ReportSink(WebApplication app) => _app = app;

    public static async Task<ReportSink> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, Ports.AutoscalerStats));
        var app = builder.Build();
        app.UseWebSockets();
        app.Run(TakeAsync);
        await app.StartAsync(cancellationToken);
        return new ReportSink(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static async Task TakeAsync(HttpContext context)
    {
        // Upstream's activator asks over plain HTTP first whether anybody is there.
        if (!context.WebSockets.IsWebSocketRequest)
        {
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[16 * 1024];
        try
        {
            while ((await socket.ReceiveAsync(buffer, context.RequestAborted)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException)
        {
            // The activator was ended.
        }
    }
}
