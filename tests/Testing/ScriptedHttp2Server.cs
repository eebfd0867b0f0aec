using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Knative.Xds.Testing;

/// <summary>A server over HTTP/2 that answers every request with what the test says, whether or not it may be said.</summary>
public sealed class ScriptedHttp2Server : IDisposable
{
    private const int PrefaceBytes = 24;
    private const int HeadBytes = 9;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<int, byte[]> _answer;

    private ScriptedHttp2Server(Func<int, byte[]> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <value>Where it listens, on 127.0.0.1.</value>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Listens at once.</summary>
    /// <param name="answer">The frames that answer the request of a stream.</param>
    public static ScriptedHttp2Server Start(Func<int, byte[]> answer) => new(answer);

    /// <summary>The frame of a response that has this status and these headers, and no body.</summary>
    public static byte[] Ok(int stream, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        // Status 200 under its number (RFC 7541).
        List<byte> block = [0x88];
        foreach (var (name, value) in headers)
        {
            block.AddRange(RawHttp2.Header(name, value));
        }

        return RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndStream | RawHttp2.EndHeaders, stream, [.. block]);
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync().ConfigureAwait(false));
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            try
            {
                await stream.ReadExactlyAsync(new byte[PrefaceBytes]).ConfigureAwait(false);
                await stream.WriteAsync(RawHttp2.Frame(RawHttp2.Settings, 0, 0, [])).ConfigureAwait(false);
                var head = new byte[HeadBytes];
                while (true)
                {
                    await stream.ReadExactlyAsync(head).ConfigureAwait(false);
                    await stream.ReadExactlyAsync(new byte[(BinaryPrimitives.ReadInt32BigEndian(head) >> 8) & 0xff_ffff]).ConfigureAwait(false);
                    if (head[3] == RawHttp2.Headers)
                    {
                        await stream.WriteAsync(_answer(BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)))).ConfigureAwait(false);
                    }
                }
            }
            catch (IOException)
            {
                // The client has gone.
            }
        }
    }
}
