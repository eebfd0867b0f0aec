using System.Globalization;
using System.Net.WebSockets;

namespace Knative.Xds.Hello;

/// <summary>Greets, and does a few things that show how requests travel.</summary>
internal sealed class HelloHandler(HelloSettings settings, TimeProvider timeProvider)
{
    public Task HandleAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/" => context.Response.WriteAsync($"Hello {settings.Target} from {settings.Revision} ({settings.Pod})\n"),
        "/healthz" => context.Response.WriteAsync("ok\n"),
        "/sleep" => SleepAsync(context),
        "/echo" => EchoAsync(context),
        "/ws" => EchoMessagesAsync(context),
        _ => NotFound(context),
    };

    private static Task NotFound(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private async Task SleepAsync(HttpContext context)
    {
        if (!int.TryParse(context.Request.Query["ms"], CultureInfo.InvariantCulture, out var milliseconds) || milliseconds < 0)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync("/sleep?ms=<milliseconds>\n");
            return;
        }

        await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), timeProvider, context.RequestAborted);
        await context.Response.WriteAsync($"slept {milliseconds} ms\n");
    }

    private static Task EchoAsync(HttpContext context)
    {
        context.Response.ContentType = context.Request.ContentType;
        return context.Request.Body.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static async Task EchoMessagesAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status426UpgradeRequired;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } received)
            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, context.RequestAborted);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
    }
}
