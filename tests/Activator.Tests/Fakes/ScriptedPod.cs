using System.Net;
using System.Net.Sockets;
using System.Text;
using Knative.Xds.Core.Model;

namespace Knative.Xds.Activator.Tests.Fakes;

/// <summary>A pod on whose connections the test says every byte; probes are answered without it.</summary>
internal sealed class ScriptedPod : IAsyncDisposable
{
    private const string ProbeAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nqueue";
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<ScriptedRequest, Task> _answer;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<ScriptedRequest> _requests = [];
    private int _connections;
    private int _ended;

    private ScriptedPod(Func<ScriptedRequest, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <value>Requests in order of arrival, probes left out.</value>
    public IReadOnlyList<ScriptedRequest> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    /// <value>Connections on which there were requests and that the other side has closed.</value>
    public int Ended => Volatile.Read(ref _ended);

    public ServiceEndpoint Endpoint => FakePod.EndpointAt(((IPEndPoint)_listener.LocalEndpoint).Port);

    /// <summary>Starts one that says the same, in Latin-1, to every request and keeps the connection.</summary>
    public static ScriptedPod Saying(string response) => Start(request => request.SayAsync(response));

    public static ScriptedPod Start(Func<ScriptedRequest, Task> answer) => new(answer);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        foreach (var request in Requests)
        {
            request.Close();
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception stopped) when (stopped is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        var connection = -1;
        try
        {
            while (await HeadAsync(client.GetStream()) is { } head)
            {
                if (head.Contains("K-Network-Probe: queue", StringComparison.Ordinal))
                {
                    await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(ProbeAnswer), _stopping.Token);
                    client.Close();
                    return;
                }

                connection = connection < 0 ? Interlocked.Increment(ref _connections) - 1 : connection;
                var request = new ScriptedRequest(client, head, connection);
                lock (_requests)
                {
                    _requests.Add(request);
                }

                await _answer(request);
            }

            if (connection >= 0)
            {
                Interlocked.Increment(ref _ended);
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }

    private async Task<string?> HeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var buffer = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(buffer, _stopping.Token) == 0)
            {
                return null;
            }

            head.Append((char)buffer[0]);
        }

        return head.ToString();
    }
}
