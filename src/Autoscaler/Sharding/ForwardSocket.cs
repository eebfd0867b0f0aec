using System.Net.WebSockets;

namespace Knative.Xds.Autoscaler.Sharding;

/// <summary>A websocket to another replica, of the same wire format as an activator's.</summary>
/// <remarks>Threading: one sender; <see cref="Abort"/> from anywhere.</remarks>
internal sealed class ForwardSocket : IDisposable
{
    /// <value>Header of the handshake that tells another replica from an activator.</value>
    public const string Header = "Kxds-Forwarded";
    private const int ReceiveBytes = 256;
    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(10.0 / 3);
    private static readonly TimeSpan PongTimeout = TimeSpan.FromSeconds(10);
    private readonly ClientWebSocket _socket;

    private ForwardSocket(ClientWebSocket socket, string holder)
    {
        (_socket, Holder) = (socket, holder);
        _ = ReceiveAsync();
    }

    /// <summary>Address of the replica that it was made for.</summary>
    public string Holder { get; }

    public bool IsOpen => _socket.State == WebSocketState.Open;

    /// <summary>Connects, or says why not.</summary>
    public static async Task<(ForwardSocket? Socket, string Problem)> TryConnectAsync(
        Uri address, string holder, TimeSpan timeout, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = PingInterval;
        socket.Options.KeepAliveTimeout = PongTimeout;
        socket.Options.Proxy = null;
        socket.Options.SetRequestHeader(Header, "true");
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            await socket.ConnectAsync(address, either.Token);
            return (new ForwardSocket(socket, holder), "");
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or HttpRequestException && !cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            return (null, error is OperationCanceledException ? "no answer in time" : error.Message);
        }
    }

    public ValueTask SendAsync(byte[] frame, CancellationToken cancellationToken) =>
        _socket.SendAsync(frame.AsMemory(), WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);

    public void Abort() => _socket.Abort();

    public void Dispose() => _socket.Dispose();

    // The owner says nothing, but only a pending receive answers pings and notices its end before the next frame is lost in it.
    private async Task ReceiveAsync()
    {
        var buffer = new byte[ReceiveBytes];
        try
        {
            while ((await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or ObjectDisposedException or IOException)
        {
            // The sender finds it closed, and connects again.
        }
    }
}
