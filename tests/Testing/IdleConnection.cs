using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Knative.Xds.Testing;

/// <summary>Proves that a server leaves idle connections alone.</summary>
public static class IdleConnection
{
    // Kestrel looks for connections to close once a second.
    private static readonly TimeSpan SeveralHeartbeats = TimeSpan.FromSeconds(3);

    /// <summary>Sends one request, reads its answer, and says whether the connection is open three seconds later.</summary>
    public static async Task<bool> StaysOpenAsync(IPEndPoint server, string request, CancellationToken cancellationToken)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), cancellationToken).ConfigureAwait(false);
        var buffer = new byte[4096];
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var received = await socket.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false);
        limit.CancelAfter(SeveralHeartbeats);
        try
        {
            // The answer may come in pieces; an end of the stream is what must not come.
            while (received > 0)
            {
                received = await socket.ReceiveAsync(buffer, limit.Token).ConfigureAwait(false);
            }

            return false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return true;
        }
    }
}
