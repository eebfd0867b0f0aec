using System.Net.WebSockets;
using Knative.Xds.Autoscaler.Measuring;
using Knative.Xds.Autoscaler.Sharding;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>The websocket that activators push stats to: any path, binary frames, each a batch.</summary>
/// <remarks>Source: knative/serving pkg/autoscaler/statserver/server.go. Pings are answered because a receive is always pending.</remarks>
internal sealed class StatSocket(
    StatRouter router, Ownership ownership, FloodGates gates, AutoscalerMetrics metrics, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<StatSocket> logger)
{
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

        var source = context.Connection.RemoteIpAddress?.ToString() ?? "";
        if (gates.Enter(source) is not { } gate)
        {
            metrics.ConnectionRefused();
            context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
            return;
        }

        try
        {
            await ServeAsync(context, source, gate);
        }
        finally
        {
            gates.Leave(source);
        }
    }

    private async Task ServeAsync(HttpContext context, string source, FloodGate gate)
    {
        var forwarded = context.Request.Headers.ContainsKey(ForwardSocket.Header);
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var connection = new StatConnection(socket, source, $"{source}:{context.Connection.RemotePort}", forwarded, gate, router, metrics, time, logger);
        try
        {
            await connection.ReceiveAsync(lifetime.ApplicationStopping);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await connection.CloseAsync(ServiceRestart, "Restarting");
        }
        catch (WebSocketException exception)
        {
            AutoscalerLog.ConnectionEnded(logger, connection.Peer, exception.Message);
        }
    }

    // No activator sends one; a page in a browser does, and is not to report stats.
    private static bool IsOfAnotherOrigin(HttpRequest request) =>
        request.Headers.Origin.ToString() is { Length: > 0 } origin
        && !(Uri.TryCreate(origin, UriKind.Absolute, out var address) && string.Equals(address.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase));

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
