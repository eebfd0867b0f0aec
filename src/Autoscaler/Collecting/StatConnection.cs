using System.Net.WebSockets;
using Knative.Xds.Autoscaler.Measuring;
using Knative.Xds.Autoscaler.Sharding;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Collecting;

/// <summary>One connection that stats are pushed over.</summary>
/// <param name="socket">It.</param>
/// <param name="source">Address of its peer.</param>
/// <param name="peer">Address and port of its peer, for the log.</param>
/// <param name="forwarded">Whether its peer is another replica.</param>
/// <param name="gate">What its source may send.</param>
/// <param name="router">Where stats go.</param>
/// <param name="metrics">Counts them.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Says what was refused.</param>
/// <remarks>Threading: one owner.</remarks>
internal sealed class StatConnection(
    WebSocket socket, string source, string peer, bool forwarded, FloodGate gate, StatRouter router, AutoscalerMetrics metrics, TimeProvider time, ILogger logger)
{
    private const int InitialFrameBytes = 16 * 1024;
    /// <value>A batch of more bytes than this closes the connection: it is no activator.</value>
    public const int MaxFrameBytes = 8 * 1024 * 1024;
    /// <value>Stats of a frame at most: an activator has one for each of its revisions. Small ones take twenty times the room of their bytes.</value>
    public const int MostPerFrame = 50_000;
    /// <value>Bytes of a namespace, a revision's name and a pod's at most, as Kubernetes has it.</value>
    public const int LongestName = 253;
    // What is kept from frame to frame: enough for those of ten thousand revisions.
    private const int KeptBytes = 1024 * 1024;
    private const int KeptMessages = 16 * 1024;
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
        try
        {
            await ReceiveFramesAsync(cancellationToken);
        }
        finally
        {
            gate.GiveBack(_buffer.Length - InitialFrameBytes);
        }
    }

    private async Task ReceiveFramesAsync(CancellationToken cancellationToken)
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

            // Before it is decoded: that takes many times the room of its bytes. And before the next part: empty ones would go on for ever.
            while (gate.Pause() is var pause && pause > TimeSpan.Zero)
            {
                await ThrottleAsync(pause, cancellationToken);
            }

            if (result.EndOfMessage)
            {
                gate.Count(Accept(result.MessageType, _buffer.AsSpan(0, length)));
                length = 0;
                Shrink();
            }
            else
            {
                gate.Count(0);
                if (length < _buffer.Length || TryGrow())
                {
                    continue;
                }

                Skip("too_big", $"it is longer than {MaxFrameBytes} bytes, or its source has {FloodGate.MostBytes} bytes of others under way: the connection ends");
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
        if (_buffer.Length >= MaxFrameBytes || !gate.TryHold(_buffer.Length))
        {
            return false;
        }

        Array.Resize(ref _buffer, _buffer.Length * 2);
        return true;
    }

    // One large frame must not cost its room for as long as the connection lasts.
    private void Shrink()
    {
        if (_buffer.Length > KeptBytes)
        {
            gate.GiveBack(_buffer.Length - InitialFrameBytes);
            _buffer = new byte[InitialFrameBytes];
        }

        if (_messages.Capacity > KeptMessages)
        {
            _messages.Clear();
            _messages.Capacity = KeptMessages;
        }
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

    /// <summary>Takes a frame; the answer is how many stats were in it.</summary>
    private int Accept(WebSocketMessageType type, ReadOnlySpan<byte> frame)
    {
        if (type != WebSocketMessageType.Binary)
        {
            Skip("text", "it is text");
            return 0;
        }

        _messages.Clear();
        var error = StatCodec.DecodeBatch(frame, _messages, MostPerFrame, LongestName, out var longNames);
        if (error != StatDecodeError.None)
        {
            var isTooMany = error == StatDecodeError.TooMany;
            Skip(isTooMany ? "too_many" : "undecodable", isTooMany ? $"there are more than {MostPerFrame} stats in it" : error.ToString());
            return isTooMany ? MostPerFrame : 0;
        }

        metrics.StatReceived(StatOutcome.LongName, longNames);
        foreach (var message in _messages)
        {
            router.Accept(source, forwarded, message);
        }

        return _messages.Count + longNames;
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
