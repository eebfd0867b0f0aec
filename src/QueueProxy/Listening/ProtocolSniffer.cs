using System.Collections.Concurrent;
using System.Security.Authentication;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Knative.Xds.QueueProxy.Listening;

/// <summary>Accepts the connections of one port and sorts them by protocol.</summary>
/// <remarks>Threading: one task accepts; each connection is sniffed by a task of its own, so a silent client holds up nobody.</remarks>
internal sealed class ProtocolSniffer(IConnectionListener listener, SortingRules rules)
{
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
            _ = rules.Gate is { } gate ? AdmitAsync(gate, connection) : SortAsync(connection);
        _http1.Writer.TryComplete();
        _http2.Writer.TryComplete();
    }

    private Task AdmitAsync(ConnectionGate gate, ConnectionContext connection)
    {
        if (!gate.TryEnter())
            return CloseAsync(connection);
        // Before anything can fail: whatever ends the connection lets the next one in.
        connection.ConnectionClosed.UnsafeRegister(static state => ((ConnectionGate)state!).Leave(), gate);
        return SortAsync(connection);
    }

    private async Task SortAsync(ConnectionContext connection)
    {
        _unsorted.TryAdd(connection, true);
        try
        {
            if (await IdentifyAsync(connection) is { } known && Admits(connection, known.Http2) && (known.Http2 ? _http2 : _http1).Writer.TryWrite(known.Connection))
                return;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException or AuthenticationException)
        {
            // The client left, was silent for too long or cannot speak TLS with us, or the port closes: there is no request to answer.
        }
        finally
        {
            _unsorted.TryRemove(connection, out _);
        }

        await CloseAsync(connection);
    }

    private bool Admits(ConnectionContext connection, bool http2)
    {
        if (!http2 || rules.Gate is not { } gate)
            return true;
        if (!gate.TryEnterHttp2())
            return false;
        connection.ConnectionClosed.UnsafeRegister(static state => ((ConnectionGate)state!).LeaveHttp2(), gate);
        return true;
    }

    private static async Task CloseAsync(ConnectionContext connection)
    {
        connection.Abort();
        await connection.DisposeAsync();
    }

    private async ValueTask<(ConnectionContext Connection, bool Http2)?> IdentifyAsync(ConnectionContext connection)
    {
        await using var silence = rules.Time.CreateTimer(static state => ((ConnectionContext)state!).Abort(), connection, rules.SilenceLimit, Timeout.InfiniteTimeSpan);
        if (rules.Tls is { } tls)
            return await tls.AuthenticateAsync(connection, connection.ConnectionClosed);
        return await IsHttp2Async(connection) is { } http2 ? (connection, http2) : null;
    }

    private static async ValueTask<bool?> IsHttp2Async(ConnectionContext connection)
    {
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
