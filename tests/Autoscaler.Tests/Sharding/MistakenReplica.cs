using System.Collections.Concurrent;
using System.Net.WebSockets;
using Knative.Xds.Autoscaler.Sharding;
using Knative.Xds.Core.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Autoscaler.Tests.Sharding;

/// <summary>A replica that takes another one for the owner of everything: it sends back at once what it gets.</summary>
internal sealed class MistakenReplica : IAsyncDisposable
{
    private const int FrameBytes = 64 * 1024;
    private readonly WebApplication _app;
    private readonly Uri _other;
    private readonly ConcurrentQueue<TimeSpan> _arrivals = new();
    private readonly long _start = TimeProvider.System.GetTimestamp();

    private MistakenReplica(WebApplication app, Uri other) => (_app, _other) = (app, other);

    /// <summary>When frames came in.</summary>
    public IReadOnlyList<TimeSpan> Arrivals => [.. _arrivals];

    public static async Task<MistakenReplica> StartAsync(string ip, Uri other)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://{ip}:{Ports.AutoscalerStats}");
        var app = builder.Build();
        var replica = new MistakenReplica(app, other);
        app.UseWebSockets();
        app.Run(replica.ReturnAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return replica;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ReturnAsync(HttpContext context)
    {
        using var incoming = await context.WebSockets.AcceptWebSocketAsync();
        using var back = new ClientWebSocket();
        back.Options.SetRequestHeader(ForwardSocket.Header, "true");
        await back.ConnectAsync(_other, context.RequestAborted);
        var frame = new byte[FrameBytes];
        while (await incoming.ReceiveAsync(frame.AsMemory(), context.RequestAborted) is { MessageType: WebSocketMessageType.Binary } received)
        {
            _arrivals.Enqueue(TimeProvider.System.GetElapsedTime(_start));
            await back.SendAsync(frame.AsMemory(0, received.Count), WebSocketMessageType.Binary, true, context.RequestAborted);
        }
    }
}
