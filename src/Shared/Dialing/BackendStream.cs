using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Knative.Xds.Dialing;

/// <summary>A connection for HTTP/1.1 whose other side may answer, and close, before it has the whole request.</summary>
/// <remarks>The platform's client looks at a response only when the request is sent; where that fails, the answer that has arrived would be lost, as a 413 for a body that is too long.
/// So what is written after an answer goes nowhere instead. Threading: one reader and one writer at a time.</remarks>
internal sealed class BackendStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
{
    private volatile bool _hasRead;
    private bool _isRefused;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // So the client waits on a connection that nobody uses yet: what comes next is an answer to what is written next.
        if (buffer.IsEmpty)
        {
            _hasRead = false;
        }

        return buffer.IsEmpty || _hasRead ? base.ReadAsync(buffer, cancellationToken) : ReadFirstAsync(buffer, cancellationToken);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isRefused)
        {
            return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled(cancellationToken) : ValueTask.CompletedTask;
        }

        var writing = base.WriteAsync(buffer, cancellationToken);
        return writing.IsCompletedSuccessfully ? writing : AwaitAsync(writing);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadFirstAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var read = await base.ReadAsync(buffer, cancellationToken);
        _hasRead = read > 0;
        return read;
    }

    private async ValueTask AwaitAsync(ValueTask writing)
    {
        try
        {
            await writing;
        }
        catch (IOException) when (HasAnswer())
        {
            _isRefused = true;
        }
    }

    private bool HasAnswer()
    {
        try
        {
            return _hasRead || Socket.Available > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
