using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Knative.Xds.QueueProxy.Tests;

/// <summary>A user's program that reads the head of each request and says what the test wants, byte by byte; saying nothing, it closes.</summary>
internal sealed class RawUser : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<string> _heads = new();
    private readonly Func<string, string> _answer;

    private RawUser(Func<string, string> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Heads of the requests that came.</summary>
    public IReadOnlyCollection<string> Heads => _heads;

    public static RawUser Start(Func<string, string> answer) => new(answer);

    /// <summary>Sends bytes to a server and returns all that it says until it closes.</summary>
    public static async Task<string> SayAsync(IPEndPoint server, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server, Proxy.Token);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(request), Proxy.Token);
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        return await reader.ReadToEndAsync(Proxy.Token).WaitAsync(Proxy.Limit);
    }

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
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
            try
            {
                using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
                while (await HeadAsync(reader) is { Length: > 0 } head)
                {
                    _heads.Enqueue(head);
                    if (_answer(head) is not { Length: > 0 } answer)
                        return;
                    await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(answer));
                }
            }
            catch (Exception gone) when (gone is IOException or ObjectDisposedException)
            {
                // So is the connection.
            }
        }
    }

    private static async Task<string> HeadAsync(StreamReader reader)
    {
        var head = new StringBuilder();
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
            head.Append(line).Append('\n');
        return head.ToString();
    }
}
