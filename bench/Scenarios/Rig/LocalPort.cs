using System.Net;
using System.Net.Sockets;

namespace Knative.Xds.Scenarios.Rig;

/// <summary>Asks a port whether somebody listens there.</summary>
internal static class LocalPort
{
    /// <summary>Whether a connection is accepted at this moment.</summary>
    public static bool Accepts(IPEndPoint endPoint)
    {
        using var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(endPoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
