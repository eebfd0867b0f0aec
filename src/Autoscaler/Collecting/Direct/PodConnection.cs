using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Knative.Xds.Autoscaler.Collecting.Pooling;
using Knative.Xds.Core.Stats;

namespace Knative.Xds.Autoscaler.Collecting.Direct;

/// <summary>A kept connection to one pod's statistics.</summary>
/// <remarks>Threading: one exchange at a time; <see cref="Abort"/> from anywhere. An exchange allocates nothing.</remarks>
internal sealed class PodConnection : IDisposable
{
    /// <value>A plain answer fits: heads of queue-proxies are some 130 bytes, and of the body no more is read than upstream reads.</value>
    public const int BufferSize = 2048;

    private readonly Socket _socket;
    private long _deadline;
    private long _idleSince;
    private string _podName = "";

    private PodConnection(Socket socket) => _socket = socket;

    /// <summary>Whether an answer has come over it before: the pod may then have closed it meanwhile.</summary>
    public bool IsUsed { get; private set; }

    /// <summary>Makes a connection that is yet to be opened; <paramref name="deadline"/> as for <see cref="ExchangeAsync"/>.</summary>
    public static PodConnection Create(IPEndPoint pod, long deadline) =>
        new(new Socket(pod.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }) { _deadline = deadline };

    public ValueTask OpenAsync(IPEndPoint pod) => _socket.ConnectAsync(pod, CancellationToken.None);

    /// <summary>Sends the request and reads the answer.</summary>
    /// <param name="request">Bytes of the request.</param>
    /// <param name="buffer">Room for the answer, of <see cref="BufferSize"/>.</param>
    /// <param name="deadline">When <see cref="AbortIfOverdue"/> ends it.</param>
    /// <remarks>Errors: <see cref="SocketException"/> and <see cref="ObjectDisposedException"/> when the connection breaks or is aborted.</remarks>
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    public async ValueTask<PodExchange> ExchangeAsync(ReadOnlyMemory<byte> request, Memory<byte> buffer, long deadline)
    {
        Volatile.Write(ref _deadline, deadline);
        await _socket.SendAsync(request, SocketFlags.None);
        var length = 0;
        while (true)
        {
            var read = await _socket.ReceiveAsync(buffer[length..], SocketFlags.None);
            if (read == 0)
            {
                return length == 0 && IsUsed ? PodExchange.Stale : PodExchange.Broken;
            }

            length += read;
            if (Take(buffer.Span[..length], buffer.Length) is { } exchange)
            {
                return exchange;
            }
        }
    }

    /// <summary>Marks it unused from now on.</summary>
    public void Rest(long now)
    {
        IsUsed = true;
        Volatile.Write(ref _idleSince, now);
        Volatile.Write(ref _deadline, 0);
    }

    /// <summary>Ends an exchange that takes too long.</summary>
    public void AbortIfOverdue(long now)
    {
        if (Volatile.Read(ref _deadline) is > 0 and var deadline && deadline < now)
        {
            Abort();
        }
    }

    /// <summary>Whether it has been unused since before an instant.</summary>
    public bool IsIdleSince(long before) => Volatile.Read(ref _deadline) == 0 && Volatile.Read(ref _idleSince) < before;

    public void Abort() => _socket.Dispose();

    public void Dispose() => _socket.Dispose();

    // What was received so far; null when more is needed.
    private PodExchange? Take(ReadOnlySpan<byte> received, int room)
    {
        switch (ResponseHead.Read(received, out var head))
        {
            case null:
                return received.Length == room ? PodExchange.NotPlain : null;
            case false:
                return PodExchange.NotPlain;
        }

        // Upstream reads no more, and decodes what it has.
        var wanted = (int)Math.Min(head.Length, StatCodec.MaxScrapeBytes);
        if (head.Size + wanted > room)
        {
            return PodExchange.NotPlain;
        }

        if (received.Length < head.Size + wanted)
        {
            return null;
        }

        var answer = PlainAnswer.Of(head.Status, head.IsStatType, received.Slice(head.Size, wanted), _podName);
        _podName = answer.Stat.PodName;
        return new PodExchange(answer, IsKept: !head.Closes && wanted == head.Length && received.Length == head.Size + wanted);
    }
}
