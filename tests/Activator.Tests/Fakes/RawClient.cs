using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Knative.Xds.Activator.Tests.Fakes;

/// <summary>A connection on which the test says every byte.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly TcpClient _client = new();
    private readonly StringBuilder _seen = new();
    // Kept, as the client gives none any more when it could not send: there may be something to read yet.
    private NetworkStream? _stream;

    public int Available => _client.Available;

    public static async Task<RawClient> ConnectAsync(IPEndPoint endPoint)
    {
        var client = new RawClient();
        await client._client.ConnectAsync(endPoint, TestContext.Current.CancellationToken);
        client._stream = client._client.GetStream();
        return client;
    }

    public async Task SayAsync(string text) => await _stream!.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);

    /// <summary>Reads until the text has come, or the connection has ended; returns all that came so far.</summary>
    public async Task<string> ReadUntilAsync(string text)
    {
        var buffer = new byte[4096];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (!_seen.ToString().Contains(text, StringComparison.Ordinal))
        {
            int read;
            try
            {
                read = await _stream!.ReadAsync(buffer, limit.Token);
            }
            catch (IOException)
            {
                read = 0;
            }

            if (read == 0)
            {
                break;
            }

            _seen.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }

        return _seen.ToString();
    }

    /// <summary>Reads until the other side closes.</summary>
    public Task<string> ReadToEndAsync() => ReadUntilAsync("\0");

    public void Dispose() => _client.Dispose();
}
