using System.Net;
using System.Net.Sockets;

namespace Knative.Xds.Testing;

/// <summary>
/// Ports for programs that are told where to listen. Whoever takes one binds it later, with other tests running: no port
/// is given twice by one process (until it has been through all), and none is of those that the kernel gives to connections.
/// </summary>
public static class FreePorts
{
    private const int First = 20_000;
    // As net.ipv4.ip_local_port_range is by default.
    private const int FirstOfConnections = 32_768;
    private const int Count = FirstOfConnections - First;
    private static uint _next = (uint)Random.Shared.Next(Count);

    /// <summary>That many ports that nobody listens on at 127.0.0.1, all different.</summary>
    public static int[] Take(int count)
    {
        var ports = new List<int>(count);
        while (ports.Count < count)
        {
            var port = First + (int)(Interlocked.Increment(ref _next) % Count);
            if (IsFree(port))
            {
                ports.Add(port);
            }
        }

        return [.. ports];
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
