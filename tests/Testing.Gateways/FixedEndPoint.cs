using System.Net;
using System.Net.Sockets;

namespace Knative.Xds.Testing.Gateways;

/// <summary>HTTP towards one address, whatever the host in the URL.</summary>
public static class FixedEndPoint
{
    private const int FirstPort = 20_000;
    // As net.ipv4.ip_local_port_range is by default.
    private const int FirstOfConnections = 32_768;

    /// <summary>A handler that dials <paramref name="target"/> for every URL; it follows no redirect and adds no header.</summary>
    public static SocketsHttpHandler Handler(EndPoint target) => new()
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        ConnectCallback = async (_, cancellationToken) => new NetworkStream(await ConnectAsync(target, cancellationToken).ConfigureAwait(false), ownsSocket: true),
    };

    /// <summary>A TCP connection.</summary>
    public static async Task<Socket> ConnectAsync(EndPoint target, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(target, cancellationToken).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>That many addresses on 127.0.0.1 that are free now, all different. Whoever takes one does so later, so none is of those that the kernel gives to connections meanwhile.</summary>
    public static string[] Free(int count)
    {
        var listeners = new List<TcpListener>();
        try
        {
            while (listeners.Count < count)
            {
                if (TryListen(Random.Shared.Next(FirstPort, FirstOfConnections)) is { } listener)
                {
                    listeners.Add(listener);
                }
            }

            return [.. listeners.Select(listener => $"{listener.LocalEndpoint}")];
        }
        finally
        {
            listeners.ForEach(listener => listener.Dispose());
        }
    }

    private static TcpListener? TryListen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return listener;
        }
        catch (SocketException)
        {
            listener.Dispose();
            return null;
        }
    }
}
