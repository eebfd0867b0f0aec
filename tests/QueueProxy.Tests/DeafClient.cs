using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.QueueProxy.Tests;

/// <summary>A client that asks for a lot, at <c>/large</c>, and reads nothing.</summary>
internal sealed class DeafClient : IDisposable
{
    private const byte Headers = 1;
    private const byte Settings = 4;
    private const byte EndOfHeadersAndStream = 5;
    // GET, http, the path /large, the authority a.
    private static readonly byte[] Block = [0x82, 0x86, 0x44, 6, .. "/large"u8, 0x41, 1, (byte)'a'];
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };

    /// <summary>One request over HTTP/1.1.</summary>
    public static async Task<DeafClient> ConnectHttp1Async(IPEndPoint server)
    {
        var client = new DeafClient();
        await client._socket.ConnectAsync(server, Proxy.Token);
        await client._socket.SendAsync("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), Proxy.Token);
        return client;
    }

    /// <summary>Requests over one connection of HTTP/2, which allows no byte of their responses (SETTINGS_INITIAL_WINDOW_SIZE is 0).</summary>
    public static async Task<DeafClient> ConnectHttp2Async(IPEndPoint server, int streams)
    {
        var client = new DeafClient();
        await client._socket.ConnectAsync(server, Proxy.Token);
        using var bytes = new MemoryStream();
        bytes.Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        Write(bytes, Settings, flags: 0, stream: 0, [0, 4, 0, 0, 0, 0]);
        for (var stream = 0; stream < streams; stream++)
            Write(bytes, Headers, EndOfHeadersAndStream, 2 * stream + 1, Block);
        await client._socket.SendAsync(bytes.ToArray(), Proxy.Token);
        return client;
    }

    /// <summary>What the user's program does at <c>/large</c>: a response of 16 MiB, more than all buffers on its way take.</summary>
    public static async Task FeedAsync(HttpContext context)
    {
        var part = new byte[64 << 10];
        // The server takes what is written to a client that is gone, and at once: without a pause nobody else would get to say that it is.
        for (var written = 0; written < 16 << 20 && !context.RequestAborted.IsCancellationRequested; written += part.Length)
        {
            await context.Response.Body.WriteAsync(part, context.RequestAborted);
            await Task.Yield();
        }
    }

    public void Dispose() => _socket.Dispose();

    private static void Write(MemoryStream bytes, byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        Span<byte> head = stackalloc byte[9];
        BinaryPrimitives.WriteInt32BigEndian(head, payload.Length << 8);
        (head[3], head[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(head[5..], stream);
        bytes.Write(head);
        bytes.Write(payload);
    }
}
