using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Knative.Xds.Testing;

/// <summary>An HTTP/2 connection on which the test says every frame, and reads only what it wants to.</summary>
public sealed class RawHttp2 : IDisposable
{
    /// <summary>Type of frames with a part of a body.</summary>
    public const byte Data = 0;

    /// <summary>Type of frames that begin a request.</summary>
    public const byte Headers = 1;

    /// <summary>Type of frames that end a request before its time.</summary>
    public const byte ResetStream = 3;

    /// <summary>Type of frames with the settings of the one that sends them.</summary>
    public const byte Settings = 4;

    /// <summary>Type of frames that ask for an echo.</summary>
    public const byte Ping = 6;

    /// <summary>Type of frames that announce the end of the connection.</summary>
    public const byte GoAway = 7;

    /// <summary>Type of frames that go on with the headers of the frame before.</summary>
    public const byte Continuation = 9;

    /// <summary>Flag of <see cref="Settings"/> and <see cref="Ping"/> that are answers.</summary>
    public const byte Ack = 1;

    /// <summary>Flag of requests that have no body.</summary>
    public const byte EndStream = 1;

    /// <summary>Flag of the last frame with headers.</summary>
    public const byte EndHeaders = 4;

    private const int HeadBytes = 9;
    // Whoever reads nothing is to be felt soon.
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 4096, SendBufferSize = 64 << 10 };
    private long _sent;

    /// <summary>Bytes that were taken from this client so far.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Connects and sends what every connection begins with.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="settings">Pairs of a number (16 bits) and a value (32 bits).</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public static async Task<RawHttp2> ConnectAsync(IPEndPoint server, byte[] settings, CancellationToken cancellationToken)
    {
        var client = new RawHttp2();
        await client._socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        await client.SendAsync((byte[])[.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0, settings)], cancellationToken).ConfigureAwait(false);
        return client;
    }

    /// <summary>One frame.</summary>
    public static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[HeadBytes + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame.AsSpan(HeadBytes));
        return frame;
    }

    /// <summary>The headers of a GET, which leave nothing behind on the connection (RFC 7541).</summary>
    public static byte[] Request(string path, params ReadOnlySpan<(string Name, string Value)> headers) => Block(0x82, path, headers);

    /// <summary>The headers of a POST, which leave nothing behind on the connection.</summary>
    public static byte[] Post(string path, params ReadOnlySpan<(string Name, string Value)> headers) => Block(0x83, path, headers);

    /// <summary>One header.</summary>
    public static byte[] Header(string name, string value) => [0x00, .. Text(name), .. Text(value)];

    /// <summary>Sends bytes; fails with a <see cref="SocketException"/> once the server has ended the connection.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            var taken = await _socket.SendAsync(bytes, cancellationToken).ConfigureAwait(false);
            Interlocked.Add(ref _sent, taken);
            bytes = bytes[taken..];
        }
    }

    /// <summary>Sends the same bytes over and over, until the server ends the connection or has taken <paramref name="most"/> bytes; says whether it has ended it.</summary>
    public async Task<bool> RepeatAsync(ReadOnlyMemory<byte> bytes, long most, CancellationToken cancellationToken)
    {
        try
        {
            while (Sent < most)
            {
                await SendAsync(bytes, cancellationToken).ConfigureAwait(false);
            }

            return false;
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }

    /// <summary>Reads the next frame; null where the connection has ended.</summary>
    public async Task<(byte Type, byte Flags, int Stream, byte[] Payload)?> ReadAsync(CancellationToken cancellationToken)
    {
        var head = new byte[HeadBytes];
        if (!await FillAsync(head, cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        var payload = new byte[(BinaryPrimitives.ReadInt32BigEndian(head) >> 8) & 0xff_ffff];
        return await FillAsync(payload, cancellationToken).ConfigureAwait(false)
            ? (head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) & int.MaxValue, payload)
            : null;
    }

    /// <summary>Reads until a frame of that type comes; false where the connection ends before.</summary>
    public async Task<bool> ReadUntilAsync(byte type, CancellationToken cancellationToken)
    {
        while (await ReadAsync(cancellationToken).ConfigureAwait(false) is { } frame)
        {
            // The server's settings are answers to nothing.
            if (frame.Type == type && (type is not (Settings or Ping) || (frame.Flags & Ack) != 0))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads until the connection has ended.</summary>
    public async Task ReadToEndAsync(CancellationToken cancellationToken)
    {
        while (await ReadAsync(cancellationToken).ConfigureAwait(false) is not null)
        {
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    // The method under its number, http, then path and authority under theirs.
    private static byte[] Block(byte method, string path, ReadOnlySpan<(string Name, string Value)> headers)
    {
        List<byte> block = [method, 0x86, 0x04, .. Text(path), 0x01, .. Text("a")];
        foreach (var (name, value) in headers)
        {
            block.AddRange(Header(name, value));
        }

        return [.. block];
    }

    private static byte[] Text(string text)
    {
        const int OneByte = 127;
        List<byte> bytes = [(byte)Math.Min(text.Length, OneByte)];
        if (text.Length >= OneByte)
        {
            // What is more comes in sevens, the least first.
            var rest = text.Length - OneByte;
            for (; rest > OneByte; rest >>= 7)
            {
                bytes.Add((byte)((rest & OneByte) | 128));
            }

            bytes.Add((byte)rest);
        }

        return [.. bytes, .. Encoding.Latin1.GetBytes(text)];
    }

    private async Task<bool> FillAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                if (await _socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false) is var received && received == 0)
                {
                    return false;
                }

                buffer = buffer[received..];
            }

            return true;
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }
}
