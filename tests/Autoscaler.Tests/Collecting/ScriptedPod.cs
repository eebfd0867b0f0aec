using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Knative.Xds.Autoscaler.Tests.Collecting;

/// <summary>A pod that answers each request with the next of its answers, and with none keeps silent.</summary>
internal sealed class ScriptedPod : IDisposable
{
    private readonly TcpListener _listener;
    private readonly List<TcpClient> _clients = [];
    private int _requests;

    public ScriptedPod(string ip = "127.0.0.1", int port = 0)
    {
        _listener = new TcpListener(IPAddress.Parse(ip), port);
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;
    public System.Collections.Concurrent.ConcurrentQueue<byte[]> Answers { get; } = new();
    /// <summary>Answer to every request for which there is none of <see cref="Answers"/>.</summary>
    public byte[]? Always { get; set; }

    public int PieceSize { get; set; } = int.MaxValue;
    public int Connections => _clients.Count;
    public int Requests => Volatile.Read(ref _requests);
    public string LastRequest { get; private set; } = "";

    /// <summary>Answers every connection, whether it has asked or not.</summary>
    public void AnswerAll(byte[] answer) => _clients.ForEach(client => client.GetStream().Write(answer));

    public void CloseConnections() => _clients.ForEach(client => client.Close());

    public void Dispose()
    {
        _listener.Dispose();
        _clients.ForEach(client => client.Dispose());
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                client.NoDelay = true;
                _clients.Add(client);
                _ = ServeAsync(client.GetStream());
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(NetworkStream stream)
    {
        var buffer = new byte[4096];
        var text = "";
        try
        {
            while (await stream.ReadAsync(buffer) is > 0 and var read)
            {
                text += Encoding.ASCII.GetString(buffer, 0, read);
                if (text.EndsWith("\r\n\r\n", StringComparison.Ordinal))
                {
                    (LastRequest, text) = (text, "");
                    Interlocked.Increment(ref _requests);
                    await AnswerAsync(stream);
                }
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // The client closed it.
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        if (!Answers.TryDequeue(out var answer) && (answer = Always) is null)
        {
            return;
        }

        for (var at = 0; at < answer.Length; at += Math.Min(PieceSize, answer.Length - at))
        {
            await stream.WriteAsync(answer.AsMemory(at, Math.Min(PieceSize, answer.Length - at)));
        }

        if (Encoding.ASCII.GetString(answer).Contains("Connection: close", StringComparison.Ordinal))
        {
            await stream.DisposeAsync();
        }
    }
}
