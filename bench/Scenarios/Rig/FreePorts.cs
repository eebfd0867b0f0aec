using System.Net;
using System.Net.Sockets;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>Ports that nobody listens on.</summary>
internal static class FreePorts
{
    /// <summary>Different ports, free at this moment.</summary>
    public static int[] Take(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        var ports = listeners.Select(listener =>
        {
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }).ToArray();
        Array.ForEach(listeners, listener => listener.Dispose());
        return ports;
    }
}
