using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Knative.Xds.Testing;

/// <summary>A server for HTTP/1.1 that answers a POST with 413 as soon as its head has come, and closes: it reads nothing more. Any other request gets 200, as a probe does.</summary>
public sealed class RefusingServer : IDisposable
{
    /// <value>What it says to a POST where nothing else is wanted.</value>
    public const string Refusal = "HTTP/1.1 413 Payload Too Large\r\nContent-Length: 8\r\nConnection: close\r\n\r\ntoo much";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nqueue";
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    private readonly string _refusal;

    private RefusingServer(string refusal)
    {
        _refusal = refusal;
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <value>Where it listens, on 127.0.0.1.</value>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Listens at once.</summary>
    /// <param name="refusal">What it says to a POST; nothing when empty.</param>
    public static RefusingServer Start(string refusal = Refusal) => new(refusal);

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync());
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
            var buffer = new byte[4096];
            var seen = new StringBuilder();
            try
            {
                for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
                {
                    seen.Append(Encoding.Latin1.GetString(buffer, 0, read));
                    if (!seen.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
                    {
                        continue;
                    }

                    var isRefused = seen.ToString().StartsWith("POST", StringComparison.Ordinal);
                    await stream.WriteAsync(Encoding.Latin1.GetBytes(isRefused ? _refusal : Ok));
                    if (isRefused)
                    {
                        return;
                    }

                    seen.Clear();
                }
            }
            catch (IOException)
            {
                // The client has gone.
            }
        }
    }
}
