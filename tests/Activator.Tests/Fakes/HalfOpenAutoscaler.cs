using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Knative.Xds.Activator.Tests.Fakes;

/// <summary>An autoscaler that takes one connection and then never says a word, as one whose node is gone; later connections are refused.</summary>
internal sealed class HalfOpenAutoscaler : IDisposable
{
    private const int PingFrame = 0x89;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public HalfOpenAutoscaler()
    {
        _listener.Start();
        Ended = TakeAsync();
    }

    public string Url => $"ws://{_listener.LocalEndpoint}";

    /// <value>Completes when the other side has given the connection up, with the number of pings that it sent before.</value>
    public Task<int> Ended { get; }

    public void Dispose() => _listener.Dispose();

    private async Task<int> TakeAsync()
    {
        using var client = await _listener.AcceptTcpClientAsync();
        _listener.Stop();
        await using var stream = client.GetStream();
        var key = "";
        using (var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true))
        {
            const string Header = "Sec-WebSocket-Key: ";
            while (await reader.ReadLineAsync() is { Length: > 0 } line)
            {
                key = line.StartsWith(Header, StringComparison.OrdinalIgnoreCase) ? line[Header.Length..] : key;
            }
        }

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {Accept(key)}\r\n\r\n"));
        return await CountPingsAsync(stream);
    }

    // RFC 6455, section 4.2.2. The algorithm is the protocol's.
#pragma warning disable CA5350
    private static string Accept(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350

    // Nobody has anything to report, so that all frames are short: two bytes, a mask of four, and what they carry.
    private static async Task<int> CountPingsAsync(NetworkStream stream)
    {
        var frame = new byte[2 + 4 + 125];
        var pings = 0;
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(frame.AsMemory(0, 2));
                await stream.ReadExactlyAsync(frame.AsMemory(2, 4 + (frame[1] & 127)));
                pings += frame[0] == PingFrame ? 1 : 0;
            }
        }
        catch (IOException)
        {
            return pings;
        }
    }
}
