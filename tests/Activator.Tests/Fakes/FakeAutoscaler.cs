using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using Knative.Xds.Core.Stats;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Activator.Tests.Fakes;

/// <summary>Takes reports over a real websocket.</summary>
internal sealed class FakeAutoscaler : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<StatMessage> _messages = new();

    private FakeAutoscaler()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _app = builder.Build();
        _app.UseWebSockets();
        _app.Run(TakeAsync);
    }

    /// <value>Whether connections are taken.</value>
    public bool Accepts { get; set; } = true;

    public string Url { get; private set; } = "";

    public IReadOnlyCollection<StatMessage> Messages => _messages;

    public static async Task<FakeAutoscaler> StartAsync()
    {
        var autoscaler = new FakeAutoscaler();
        await autoscaler._app.StartAsync();
        var address = new Uri(autoscaler._app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single());
        autoscaler.Url = $"ws://127.0.0.1:{address.Port}";
        return autoscaler;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        if (!Accepts)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted) is { MessageType: WebSocketMessageType.Binary } frame)
            {
                var messages = new List<StatMessage>();
                StatCodec.DecodeBatch(buffer.AsSpan(0, frame.Count), messages);
                messages.ForEach(_messages.Enqueue);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            // The activator is gone.
        }
    }
}
