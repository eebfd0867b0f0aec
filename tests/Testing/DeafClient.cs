using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Knative.Xds.Testing;

/// <summary>A client that asks for a lot, at <see cref="Path"/>, and reads nothing.</summary>
public sealed class DeafClient : IDisposable
{
    /// <summary>Where the program behind answers with <see cref="FeedAsync"/>.</summary>
    public const string Path = "/large";

    /// <summary>Bytes of what it answers.</summary>
    public const int Large = 16 << 20;

    private const int Part = 64 << 10;
    private readonly Socket? _http1;
    private readonly RawHttp2? _http2;

    private DeafClient(Socket? http1, RawHttp2? http2) => (_http1, _http2) = (http1, http2);

    /// <summary>One request over HTTP/1.1.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="hasBody">Whether it is a POST with a short body; else it is a GET.</param>
    /// <param name="headers">Beside the host.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public static async Task<DeafClient> ConnectHttp1Async(IPEndPoint server, bool hasBody, (string Name, string Value)[] headers, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        var lines = string.Concat(headers.Select(header => $"{header.Name}: {header.Value}\r\n"));
        var request = hasBody ? $"POST {Path} HTTP/1.1\r\nHost: a\r\n{lines}Content-Length: 1\r\n\r\nx" : $"GET {Path} HTTP/1.1\r\nHost: a\r\n{lines}\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), cancellationToken).ConfigureAwait(false);
        return new DeafClient(socket, null);
    }

    /// <summary>Requests over one connection of HTTP/2, which allows no byte of their responses.</summary>
    /// <param name="server">Where to.</param>
    /// <param name="streams">How many.</param>
    /// <param name="hasBody">Whether they are POSTs with a short body; else they are GETs.</param>
    /// <param name="headers">Their headers, with names in lower case.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public static async Task<DeafClient> ConnectHttp2Async(IPEndPoint server, int streams, bool hasBody, (string Name, string Value)[] headers, CancellationToken cancellationToken)
    {
        // SETTINGS_INITIAL_WINDOW_SIZE is 0.
        var connection = await RawHttp2.ConnectAsync(server, [0, 4, 0, 0, 0, 0], cancellationToken).ConfigureAwait(false);
        await connection.SendAsync(Enumerable.Range(0, streams).SelectMany(stream => Request(2 * stream + 1, hasBody, headers)).ToArray(), cancellationToken).ConfigureAwait(false);
        return new DeafClient(null, connection);
    }

    /// <summary>What the program behind does: a response of <see cref="Large"/> bytes, more than all buffers on its way take.</summary>
    public static async Task FeedAsync(HttpContext context, Action<long>? onFed = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        var part = new byte[Part];
        // The server takes what is written to a client that is gone, and at once: without a pause nobody else would get to say that it is.
        for (var written = 0; written < Large && !context.RequestAborted.IsCancellationRequested; written += part.Length)
        {
            await context.Response.Body.WriteAsync(part, context.RequestAborted).ConfigureAwait(false);
            onFed?.Invoke(written + part.Length);
            await Task.Yield();
        }
    }

    /// <summary>Listens after all, over HTTP/1.1: what is left to read until the connection ends.</summary>
    public async Task<byte[]> ReadToEndAsync(CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        var buffer = new byte[Part];
        try
        {
            while (await _http1!.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false) is var received && received > 0)
            {
                all.Write(buffer, 0, received);
            }
        }
        catch (SocketException)
        {
            // Cut off.
        }

        return all.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http1?.Dispose();
        _http2?.Dispose();
    }

    private static byte[] Request(int stream, bool hasBody, (string Name, string Value)[] headers) => hasBody
        ? [.. RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndHeaders, stream, RawHttp2.Post(Path, headers)), .. RawHttp2.Frame(RawHttp2.Data, RawHttp2.EndStream, stream, "x"u8)]
        : RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, stream, RawHttp2.Request(Path, headers));
}
