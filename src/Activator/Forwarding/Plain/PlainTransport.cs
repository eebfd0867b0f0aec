using System.Net.Sockets;

namespace Knative.Xds.Activation.Forwarding.Plain;

/// <summary>Sends safe HTTP/1.1 requests to pods, over kept connections where there are any.</summary>
internal sealed class PlainTransport(PodConnectionPool pool)
{
    /// <summary>Runs one exchange on a connection, and once more on a new one where a kept one turns out to have ended.</summary>
    /// <param name="address">Address of the pod.</param>
    /// <param name="state">Handed to <paramref name="exchange"/>.</param>
    /// <param name="exchange">Sends the request and takes the response; returns whether the connection can be used again.</param>
    /// <param name="cancellationToken">Ends it; the connection is closed.</param>
    /// <returns>Null when it succeeded.</returns>
    public async ValueTask<ForwardFailure?> ExchangeAsync<TState>(string address, TState state, Func<PodConnection, TState, ValueTask<bool>> exchange, CancellationToken cancellationToken)
    {
        var connection = pool.Take(address);
        for (var isReused = connection is not null; ; isReused = false)
        {
            try
            {
                connection ??= await pool.ConnectAsync(address, cancellationToken);
            }
            catch (Exception error) when (error is IOException or SocketException)
            {
                return new ForwardFailure(error.Message, WasNotSent: true);
            }

            var isKept = false;
            try
            {
                // Socket operations with a token of their own would each register with it.
                using var registration = cancellationToken.UnsafeRegister(static state => ((PodConnection)state!).Dispose(), connection);
                isKept = await exchange(connection, state);
                return null;
            }
            catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                // A kept connection may have ended just now; safe requests may be sent again.
                if (!isReused || connection.HasAnswered)
                {
                    return new ForwardFailure(error.Message, WasNotSent: false);
                }
            }
            finally
            {
                Leave(connection, isKept);
            }

            connection = null;
        }
    }

    private void Leave(PodConnection connection, bool isKept)
    {
        isKept &= connection.Buffer.Length == 0 && !connection.IsDisposed;
        connection.Buffer.Clear();
        if (isKept)
        {
            pool.Keep(connection);
        }
        else
        {
            connection.Dispose();
        }
    }
}
