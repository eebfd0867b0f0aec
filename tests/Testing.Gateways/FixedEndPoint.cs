using System.Net;
using System.Net.Sockets;

namespace Knative.Xds.Testing.Gateways;

/// <summary>HTTP towards one address, whatever the host in the URL.</summary>
public static class FixedEndPoint
{
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

    /// <summary>That many addresses on 127.0.0.1 that are free now, all different (<see cref="FreePorts"/>).</summary>
    public static string[] Free(int count) => [.. FreePorts.Take(count).Select(port => $"{new IPEndPoint(IPAddress.Loopback, port)}")];
}
