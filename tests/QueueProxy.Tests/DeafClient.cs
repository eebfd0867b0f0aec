using System.Net;
using System.Net.Sockets;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.QueueProxy.Tests;

/// <summary>A client that asks for a lot, at <c>/large</c>, and reads nothing.</summary>
internal sealed class DeafClient : IDisposable
{
    private const int Part = 64 << 10;
    private static readonly byte[] Block = RawHttp2.Request("/large");
    private readonly Socket? _http1;
    private readonly RawHttp2? _http2;

    private DeafClient(Socket? http1, RawHttp2? http2) => (_http1, _http2) = (http1, http2);

    /// <value>Bytes of the response that the user's program gives.</value>
    public static int Large => 16 << 20;

    /// <summary>One request over HTTP/1.1.</summary>
    public static async Task<DeafClient> ConnectHttp1Async(IPEndPoint server)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(server, Proxy.Token);
        await socket.SendAsync("GET /large HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), Proxy.Token);
        return new DeafClient(socket, null);
    }

    /// <summary>Requests over one connection of HTTP/2, which allows no byte of their responses (SETTINGS_INITIAL_WINDOW_SIZE is 0).</summary>
    public static async Task<DeafClient> ConnectHttp2Async(IPEndPoint server, int streams)
    {
        var connection = await RawHttp2.ConnectAsync(server, [0, 4, 0, 0, 0, 0], Proxy.Token);
        List<byte> requests = [];
        for (var stream = 0; stream < streams; stream++)
            requests.AddRange(RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, 2 * stream + 1, Block));
        await connection.SendAsync(requests.ToArray(), Proxy.Token);
        return new DeafClient(null, connection);
    }

    /// <summary>What the user's program does at <c>/large</c>: a response of 16 MiB, more than all buffers on its way take.</summary>
    public static async Task FeedAsync(HttpContext context, Action<long>? onFed = null)
    {
        var part = new byte[Part];
        // The server takes what is written to a client that is gone, and at once: without a pause nobody else would get to say that it is.
        for (var written = 0; written < Large && !context.RequestAborted.IsCancellationRequested; written += part.Length)
        {
            await context.Response.Body.WriteAsync(part, context.RequestAborted);
            onFed?.Invoke(written + part.Length);
            await Task.Yield();
        }
    }

    /// <summary>Listens after all, over HTTP/1.1: what is left to read until the connection ends.</summary>
    public async Task<byte[]> ReadToEndAsync()
    {
        using var all = new MemoryStream();
        var buffer = new byte[Part];
        try
        {
            while (await _http1!.ReceiveAsync(buffer, Proxy.Token) is var received && received > 0)
                all.Write(buffer, 0, received);
        }
        catch (SocketException)
        {
            // Cut off.
        }

        return all.ToArray();
    }

    public void Dispose()
    {
        _http1?.Dispose();
        _http2?.Dispose();
    }
}
