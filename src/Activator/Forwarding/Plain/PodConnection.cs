using System.Net.Sockets;

namespace Knative.Xds.Activation.Forwarding.Plain;

/// <summary>A connection to a pod that is kept from request to request and carries one at a time.</summary>
/// <remarks>Threading: one user at a time, but <see cref="Dispose"/> may come from anywhere and fails what is under way.
/// Errors: <see cref="IOException"/> or <see cref="SocketException"/> when it breaks, <see cref="ObjectDisposedException"/> once disposed.</remarks>
internal sealed class PodConnection : IDisposable
{
    private const int MostHeadBytes = 1 << 20;
    private readonly Socket _socket;
    private volatile bool _disposed;

    public PodConnection(string address, Socket socket)
    {
        (Address, _socket) = (address, socket);
        Place = new LinkedListNode<PodConnection>(this);
    }

    public string Address { get; }

    /// <summary>Its place among those that wait for a request.</summary>
    public LinkedListNode<PodConnection> Place { get; }

    /// <summary>What was read and is not used yet; before that, what is to be sent.</summary>
    public ByteBuffer Buffer { get; } = new();

    /// <summary>Whether the request under way got any byte of a response.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>Timestamp of the end of its last request.</summary>
    public long IdleSince { get; set; }

    public bool IsDisposed => _disposed;

    /// <summary>Nobody asks anything: what can be read now is the end, or belongs to nobody.</summary>
    public bool IsOver() => _socket.Poll(0, SelectMode.SelectRead);

    /// <summary>Sends what the buffer holds.</summary>
    public async ValueTask SendAsync()
    {
        HasAnswered = false;
        while (Buffer.Length > 0)
        {
            Buffer.Consume(await _socket.SendAsync(Buffer.Content, SocketFlags.None));
        }
    }

    /// <summary>Reads more; false when the other side has ended.</summary>
    public async ValueTask<bool> FillAsync()
    {
        var read = await _socket.ReceiveAsync(Buffer.Room(), SocketFlags.None);
        Buffer.Grew(read);
        HasAnswered |= read > 0;
        return read > 0;
    }

    /// <summary>Reads until the buffer begins with the whole head of a final response; interim ones are left out.</summary>
    public async ValueTask<(int Length, int Status)> ReadFinalHeadAsync()
    {
        while (true)
        {
            var length = await ReadHeadAsync();
            var status = ResponseHead.Status(Buffer.Content.Span[..length]);
            if (status >= StatusCodes.Status200OK)
            {
                return (length, status);
            }

            if (status == StatusCodes.Status101SwitchingProtocols)
            {
                throw new IOException("the response switches protocols though nobody asked");
            }

            Buffer.Consume(length);
        }
    }

    public void Dispose()
    {
        _disposed = true;
        _socket.Dispose();
    }

    private async ValueTask<int> ReadHeadAsync()
    {
        var searched = 0;
        while (true)
        {
            var length = ResponseHead.Find(Buffer.Content.Span, ref searched);
            if (length > 0)
            {
                return length;
            }

            if (Buffer.Length > MostHeadBytes)
            {
                throw new IOException("the headers of the response are too large");
            }

            if (!await FillAsync())
            {
                throw new IOException("the response ended before its headers did");
            }
        }
    }
}
