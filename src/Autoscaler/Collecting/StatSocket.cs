using System.Net.WebSockets;
using Knative.Xds.Autoscaler.Measuring;
using Knative.Xds.Autoscaler.Sharding;
using Knative.Xds.Core.Stats;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>The websocket that activators push stats to: any path, binary frames, each a batch.</summary>
/// <remarks>Source: knative/serving pkg/autoscaler/statserver/server.go. Pings are answered because a receive is always pending.</remarks>
internal sealed class StatSocket(
    StatRouter router, Ownership ownership, AutoscalerMetrics metrics, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<StatSocket> logger)
{
    private const int InitialFrameBytes = 16 * 1024;
    /// <value>A batch of more bytes than this closes the connection: it is no activator.</value>
    private const int MaxFrameBytes = 8 * 1024 * 1024;
    // RFC 6455 registry: service restart. The client comes back.
    private const WebSocketCloseStatus ServiceRestart = (WebSocketCloseStatus)1012;

    public async Task HandleAsync(HttpContext context)
    {
        if (IsKubeletProbe(context.Request) || IsForAnotherReplica(context.Request.Host.Host))
        {
            return;
        }

        if (!context.WebSockets.IsWebSocketRequest)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsync("Bad Request: this address takes websockets\n", context.RequestAborted);
            return;
        }

        if (IsOfAnotherOrigin(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var peer = $"{context.Connection.RemoteIpAddress}:{context.Connection.RemotePort}";
        try
        {
            await ReceiveAsync(socket, peer, lifetime.ApplicationStopping);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await CloseAsync(socket, ServiceRestart, "Restarting");
        }
        catch (WebSocketException exception)
        {
            AutoscalerLog.ConnectionEnded(logger, peer, exception.Message);
        }
    }

    // No activator sends one; a page in a browser does, and is not to report stats.
    private static bool IsOfAnotherOrigin(HttpRequest request) =>
        request.Headers.Origin.ToString() is { Length: > 0 } origin
        && !(Uri.TryCreate(origin, UriKind.Absolute, out var address) && string.Equals(address.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));

    private async Task ReceiveAsync(WebSocket socket, string peer, CancellationToken cancellationToken)
    {
        var buffer = new byte[InitialFrameBytes];
        var messages = new List<StatMessage>();
        var gate = new FloodGate(time);
        var throttled = false;
        var length = 0;
        while (true)
        {
            // Cancelling a pending receive aborts the socket and would lose the close frame: wait beside it instead.
            var result = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None).AsTask().WaitAsync(cancellationToken);
            length += result.Count;
            if (result.MessageType == WebSocketMessageType.Close)
            {
                await CloseAsync(socket, WebSocketCloseStatus.NormalClosure, "");
                return;
            }

            if (result.EndOfMessage)
            {
                Accept(result.MessageType, buffer.AsSpan(0, length), messages, peer);
                length = 0;
                if (gate.Count(messages.Count) is var pause && pause > TimeSpan.Zero)
                {
                    throttled = await ThrottleAsync(peer, pause, throttled, cancellationToken);
                }
            }
            else if (length == buffer.Length)
            {
                if (length >= MaxFrameBytes)
                {
                    await CloseAsync(socket, WebSocketCloseStatus.MessageTooBig, "");
                    return;
                }

                Array.Resize(ref buffer, length * 2);
            }
        }
    }

    /// <summary>Waits, and says so the first time on a connection.</summary>
    private async Task<bool> ThrottleAsync(string peer, TimeSpan pause, bool throttled, CancellationToken cancellationToken)
    {
        metrics.Throttled();
        if (!throttled)
        {
            AutoscalerLog.PeerFloods(logger, peer);
        }

        await Task.Delay(pause, time, cancellationToken);
        return true;
    }

    private void Accept(WebSocketMessageType type, ReadOnlySpan<byte> frame, List<StatMessage> messages, string peer)
    {
        messages.Clear();
        if (type != WebSocketMessageType.Binary)
        {
            AutoscalerLog.FrameSkipped(logger, peer, "it is text");
        }
        else if (StatCodec.DecodeBatch(frame, messages) is var error && error != StatDecodeError.None)
        {
            AutoscalerLog.FrameSkipped(logger, peer, error.ToString());
        }

        foreach (var message in messages)
        {
            router.Accept(message);
        }
    }

    private static async Task CloseAsync(WebSocket socket, WebSocketCloseStatus status, string reason)
    {
        try
        {
            await socket.CloseOutputAsync(status, reason, CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // The peer is gone already: there is nobody to tell.
        }
    }

    // A replica that asks by a bucket's name looks for its owner: a plain answer says that it is not here.
    private bool IsForAnotherReplica(string host)
    {
        if (!host.StartsWith("autoscaler-bucket", StringComparison.Ordinal))
        {
            return false;
        }

        var bucket = ownership.Buckets?.IndexOf(host.Split('.')[0]) ?? -1;
        return bucket < 0 || !ownership.OwnsBucket(bucket);
    }

    private static bool IsKubeletProbe(HttpRequest request) =>
        request.Headers.UserAgent.ToString().StartsWith(ProbeValues.KubeletUserAgentPrefix, StringComparison.Ordinal)
        || !string.IsNullOrEmpty(request.Headers[HeaderNames.KubeletProbe].ToString());
}
