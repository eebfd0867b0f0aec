using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Knative.Xds.Dialing;

/// <summary>Connects with short attempts first: the first packet to a new pod often gets lost while its network is set up, and of a burst those that the listener has no room for.</summary>
/// <remarks>Errors: only attempts that time out are repeated; a refusal is thrown at once. Source: knative/pkg network/transports.go.</remarks>
internal sealed class PatientDialer(TimeProvider time)
{
    private const int Attempts = 16;
    private const double Growth = 1.4;
    private const int PauseMilliseconds = 30;
    private static readonly TimeSpan FirstLimit = TimeSpan.FromMilliseconds(50);

    /// <value>About what all attempts take together.</value>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public async Task<Socket> DialAsync(EndPoint endPoint, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var limit = FirstLimit;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await TryDialAsync(endPoint, limit, cancellationToken) is { } socket)
            {
                return socket;
            }

            limit = FirstLimit * Math.Pow(Growth, attempt) * (1 + Random.Shared.NextDouble() / 10);
            await Task.Delay(TimeSpan.FromMilliseconds(PauseMilliseconds * (1 + Random.Shared.NextDouble())), time, cancellationToken);
        }

        var seconds = time.GetElapsedTime(started).TotalSeconds.ToString("F2", CultureInfo.InvariantCulture);
        throw new IOException($"timed out dialing {endPoint} after {seconds}s");
    }

    private async Task<Socket?> TryDialAsync(EndPoint endPoint, TimeSpan limit, CancellationToken cancellationToken)
    {
        // A socket for both families costs several calls more.
        var socket = endPoint is IPEndPoint ? new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 5);
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await socket.ConnectAsync(endPoint, either.Token);
            return socket;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
