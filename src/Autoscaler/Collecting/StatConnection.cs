using System.Net.WebSockets;
using Knative.Xds.Autoscaler.Measuring;
using Knative.Xds.Autoscaler.Sharding;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>One connection that stats are pushed over.</summary>
/// <remarks>Threading: one owner.</remarks>
internal sealed class StatConnection(
    WebSocket socket, string source, string peer, FloodGate gate, StatRouter router, AutoscalerMetrics metrics, TimeProvider time, ILogger logger)
{
    private const int InitialFrameBytes = 16 * 1024;
    /// <value>A batch of more bytes than this closes the connection: it is no activator.</value>
    public const int MaxFrameBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan DiscardTime = TimeSpan.FromSeconds(5);

    private readonly List<StatMessage> _messages = [];
    private byte[] _buffer = new byte[InitialFrameBytes];
    private bool _throttled;
    private bool _skipped;

    /// <summary>Who it is with.</summary>
    public string Peer => peer;

    /// <summary>Takes stats until the peer goes.</summary>
    public async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        var length = 0;
        while (true)
        {
            // Cancelling a pending receive aborts the socket and would lose the close frame: wait beside it instead.
            var result = await socket.ReceiveAsync(_buffer.AsMemory(length), CancellationToken.None).AsTask().WaitAsync(cancellationToken);
            length += result.Count;
            if (result.MessageType == WebSocketMessageType.Close)
            {
                await CloseAsync(WebSocketCloseStatus.NormalClosure, "");
                return;
            }

            if (result.EndOfMessage)
            {
                Accept(result.MessageType, _buffer.AsSpan(0, length));
                length = 0;
                if (gate.Count(_messages.Count) is var pause && pause > TimeSpan.Zero)
                {
                    await ThrottleAsync(pause, cancellationToken);
                }
            }
            else if (length == _buffer.Length && !TryGrow())
            {
                Skip("too_big", $"it is longer than {MaxFrameBytes} bytes: the connection ends");
                await CloseAsync(WebSocketCloseStatus.MessageTooBig, "");
                await DiscardAsync(cancellationToken);
                return;
            }
        }
    }

    public async Task CloseAsync(WebSocketCloseStatus status, string reason)
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

    private bool TryGrow()
    {
        if (_buffer.Length >= MaxFrameBytes)
        {
            return false;
        }

        Array.Resize(ref _buffer, _buffer.Length * 2);
        return true;
    }

    // More of it is on its way: TCP throws away what was said last when a connection ends with bytes unread.
    private async Task DiscardAsync(CancellationToken cancellationToken)
    {
        var patience = Task.Delay(DiscardTime, time, cancellationToken);
        for (var discarded = 0; discarded < MaxFrameBytes && socket.State == WebSocketState.CloseSent;)
        {
            var receiving = socket.ReceiveAsync(_buffer.AsMemory(), CancellationToken.None).AsTask();
            if (await Task.WhenAny(receiving, patience) != receiving)
            {
                return;
            }

            discarded += (await receiving).Count;
        }
    }

    /// <summary>Waits, and says so the first time.</summary>
    private async Task ThrottleAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        metrics.Throttled();
        if (!_throttled)
        {
            _throttled = true;
            AutoscalerLog.PeerFloods(logger, peer);
        }

        await Task.Delay(pause, time, cancellationToken);
    }

    private void Accept(WebSocketMessageType type, ReadOnlySpan<byte> frame)
    {
        _messages.Clear();
        if (type != WebSocketMessageType.Binary)
        {
            Skip("text", "it is text");
        }
        else if (StatCodec.DecodeBatch(frame, _messages) is var error && error != StatDecodeError.None)
        {
            Skip("undecodable", error.ToString());
        }

        foreach (var message in _messages)
        {
            router.Accept(source, message);
        }
    }

    // Said once: who sends such frames sends many.
    private void Skip(string reason, string problem)
    {
        metrics.FrameSkipped(reason);
        if (!_skipped)
        {
            _skipped = true;
            AutoscalerLog.FrameSkipped(logger, peer, problem);
        }
    }
}
