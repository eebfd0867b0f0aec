using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Knative.Xds.QueueProxy.Listening;

/// <summary>Accepts the connections of one port and sorts them by protocol.</summary>
/// <remarks>Threading: one task accepts; each connection is sniffed by a task of its own, so a silent client holds up nobody.</remarks>
internal sealed class ProtocolSniffer(IConnectionListener listener, TimeProvider timeProvider)
{
    // Go's ReadHeaderTimeout in upstream's servers.
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromMinutes(1);

    private readonly Channel<ConnectionContext> _http1 = Channel.CreateUnbounded<ConnectionContext>();
    private readonly Channel<ConnectionContext> _http2 = Channel.CreateUnbounded<ConnectionContext>();
    private readonly ConcurrentDictionary<ConnectionContext, bool> _unsorted = new();
    private Task _accepting = Task.CompletedTask;

    public void Start() => _accepting = AcceptAsync();

    public ChannelReader<ConnectionContext> Connections(bool http2) => http2 ? _http2.Reader : _http1.Reader;

    public async ValueTask UnbindAsync(CancellationToken cancellationToken)
    {
        await listener.UnbindAsync(cancellationToken);
        await _accepting;
        // Those that have sent nothing yet have no request that could finish.
        foreach (var connection in _unsorted.Keys)
            connection.Abort();
    }

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync(CancellationToken.None);
        await listener.DisposeAsync();
    }

    private async Task AcceptAsync()
    {
        while (await listener.AcceptAsync() is { } connection)
            _ = SortAsync(connection);
        _http1.Writer.TryComplete();
        _http2.Writer.TryComplete();
    }

    private async Task SortAsync(ConnectionContext connection)
    {
        _unsorted.TryAdd(connection, true);
        try
        {
            if (await IsHttp2Async(connection) is { } http2 && (http2 ? _http2 : _http1).Writer.TryWrite(connection))
                return;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The client left, was silent for too long, or the port closes: there is no request to answer.
        }
        finally
        {
            _unsorted.TryRemove(connection, out _);
        }

        connection.Abort();
        await connection.DisposeAsync();
    }

    private async ValueTask<bool?> IsHttp2Async(ConnectionContext connection)
    {
        await using var silence = timeProvider.CreateTimer(static state => ((ConnectionContext)state!).Abort(), connection, SilenceLimit, Timeout.InfiniteTimeSpan);
        var input = connection.Transport.Input;
        while (true)
        {
            var read = await input.ReadAsync();
            var verdict = Http2Preface.Matches(read.Buffer);
            var ended = read.IsCompleted || read.IsCanceled;
            // Nothing is consumed: Kestrel reads the same bytes again.
            input.AdvanceTo(read.Buffer.Start, verdict is null && !ended ? read.Buffer.End : read.Buffer.Start);
            if (verdict is not null || ended)
                return read.Buffer.IsEmpty ? null : verdict ?? false;
        }
    }
}
