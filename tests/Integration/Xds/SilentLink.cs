using System.Net;
using System.Net.Sockets;

namespace Knative.Xds.Integration.Xds;

/// <summary>A wire to a server on this machine that can cease to carry what the client says, while both connections stay open: as when the client has lost its power.</summary>
internal sealed class SilentLink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private volatile bool _isSilent;

    public SilentLink(int port)
    {
        _listener.Start();
        _running = RunAsync(port);
    }

    /// <summary>Where clients connect.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Nothing of what clients say arrives.</summary>
    public bool IsSilent
    {
        get => _isSilent;
        set => _isSilent = value;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync(int port)
    {
        var links = new List<Task>();
        try
        {
            while (true)
            {
                links.Add(LinkAsync(await _listener.AcceptTcpClientAsync(_stop.Token), port));
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }

        await Task.WhenAll(links);
    }

    private async Task LinkAsync(TcpClient client, int port)
    {
        using (client)
        {
            using var server = new TcpClient();
            await server.ConnectAsync(IPAddress.Loopback, port, _stop.Token);
            await Task.WhenAll(PumpAsync(client.GetStream(), server.GetStream(), () => _isSilent), PumpAsync(server.GetStream(), client.GetStream(), () => false));
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, Func<bool> isSilent)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReadAsync(buffer, _stop.Token) is > 0 and var read)
            {
                if (!isSilent())
                {
                    await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
                }
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // One of the two ends has gone, or the test is over.
        }
    }
}
