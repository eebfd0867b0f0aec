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
    private CancellationTokenSource _dropped = new();
    private int _connections;

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

    /// <value>Whether what comes in is read.</value>
    public bool Reads { get; set; } = true;

    /// <value>Connections that are open.</value>
    public int Connections => Volatile.Read(ref _connections);

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

    /// <summary>Breaks every connection.</summary>
    public void Drop() => Interlocked.Exchange(ref _dropped, new CancellationTokenSource()).Cancel();

    public async ValueTask DisposeAsync()
    {
        Drop();
        await _app.DisposeAsync();
    }

    private async Task TakeAsync(HttpContext context)
    {
        if (!Accepts)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[64 * 1024];
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _dropped.Token);
        Interlocked.Increment(ref _connections);
        try
        {
            while (await socket.ReceiveAsync(buffer.AsMemory(), ended.Token) is { MessageType: WebSocketMessageType.Binary } frame)
            {
                var messages = new List<StatMessage>();
                StatCodec.DecodeBatch(buffer.AsSpan(0, frame.Count), messages);
                messages.ForEach(_messages.Enqueue);
                if (!Reads)
                {
                    await new TaskCompletionSource().Task.WaitAsync(ended.Token);
                }
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            // The activator is gone, or the test wants this one to be.
            context.Abort();
        }
        finally
        {
            Interlocked.Decrement(ref _connections);
        }
    }
}
