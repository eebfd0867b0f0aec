using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Knative.Xds.Autoscaler.Collecting.Pooling;

namespace Knative.Xds.Autoscaler.Collecting.Direct;

/// <summary>Asks pods for their statistics over kept connections, at a rate of tens of thousands a second.</summary>
/// <remarks>Threading: safe. An answer of the plain kind allocates nothing; any other goes through a whole HTTP client.</remarks>
internal sealed class PodClient : IDisposable
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan IdleLimit = TimeSpan.FromSeconds(90);
    private const int SweepsPerCleaning = 20;
    private const int MaxBuffers = 4096;

    // As many as requests wait at once: the shared pool keeps a few dozen.
    private readonly ArrayPool<byte> _buffers = ArrayPool<byte>.Create(PodConnection.BufferSize, MaxBuffers);
    private readonly ConcurrentDictionary<string, PodLine> _lines = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<PodConnection, byte> _open = new();
    private readonly StatClient _client;
    private readonly TimeProvider _time;
    private readonly ITimer _sweeper;
    private readonly int _port;
    private readonly int _mostKept;
    private readonly int _mostOpen;
    private int _openCount;
    private int _sweeps;
    private volatile bool _disposed;

    /// <summary>Makes a client for pods that answer on <paramref name="port"/>; what is not plain is asked through <paramref name="client"/>. Of the <paramref name="files"/> that
    /// the process may have open it keeps half, and takes three quarters at most: a process without any left ends.</summary>
    public PodClient(StatClient client, TimeProvider time, int port, int files)
    {
        (_client, _time, _port, _mostKept, _mostOpen) = (client, time, port, files / 2, files / 4 * 3);
        _sweeper = time.CreateTimer(_ => Sweep(), null, SweepPeriod, SweepPeriod);
    }

    /// <summary>Connections that are open at this moment.</summary>
    public int OpenConnections => _open.Count;

    /// <summary>Asks a pod.</summary>
    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    public async ValueTask<StatAnswer> AskAsync(string address, CancellationToken cancellationToken)
    {
        if (!TryGetLine(address, out var line) || cancellationToken.IsCancellationRequested)
        {
            return PlainAnswer.Unreachable;
        }

        var now = Now;
        line.UsedAt = now;
        if (line.NeedsClient)
        {
            return await _client.AskPodAsync(line.Uri, null, cancellationToken);
        }

        var exchange = await ExchangeAsync(line, now + (long)StatClient.Timeout.TotalMilliseconds);
        if (exchange.NeedsClient)
        {
            line.NeedsClient = true;
            return await _client.AskPodAsync(line.Uri, null, cancellationToken);
        }

        return exchange.Answer ?? PlainAnswer.Unreachable;
    }

    public void Dispose()
    {
        _disposed = true;
        _sweeper.Dispose();
        foreach (var connection in _open.Keys)
        {
            connection.Dispose();
        }
    }

    private long Now => _time.GetTimestamp() / (_time.TimestampFrequency / 1000);

    private bool TryGetLine(string address, out PodLine line)
    {
        if (!_lines.TryGetValue(address, out line!) && IPAddress.TryParse(address, out _))
        {
            line = _lines.GetOrAdd(address, static (key, port) => new PodLine(key, port), _port);
        }

        return line is not null;
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<PodExchange> ExchangeAsync(PodLine line, long deadline)
    {
        var buffer = _buffers.Rent(PodConnection.BufferSize);
        try
        {
            while (true)
            {
                var connection = line.TakeIdle() ?? await OpenAsync(line, deadline);
                var exchange = connection is null ? PodExchange.Broken : await ExchangeAsync(line, connection, buffer.AsMemory(0, PodConnection.BufferSize), deadline);
                // A kept connection may have been closed by the pod; those that remain are tried, then a new one.
                if (exchange != PodExchange.Stale)
                {
                    return exchange;
                }
            }
        }
        finally
        {
            _buffers.Return(buffer);
        }
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder<>))]
    private async ValueTask<PodExchange> ExchangeAsync(PodLine line, PodConnection connection, Memory<byte> buffer, long deadline)
    {
        try
        {
            var exchange = await connection.ExchangeAsync(line.Request, buffer, deadline);
            if (exchange.IsKept)
            {
                connection.Rest(Now);
                if (Volatile.Read(ref _openCount) <= _mostKept && line.Keep(connection))
                {
                    return exchange;
                }
            }

            Drop(connection);
            return exchange;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            Drop(connection);
            return connection.IsUsed && Now < deadline ? PodExchange.Stale : PodExchange.Broken;
        }
    }

    private async ValueTask<PodConnection?> OpenAsync(PodLine line, long deadline)
    {
        if (Volatile.Read(ref _openCount) >= _mostOpen)
        {
            return null;
        }

        PodConnection? connection = null;
        try
        {
            connection = PodConnection.Create(line.EndPoint, deadline);
            _open.TryAdd(connection, 0);
            Interlocked.Increment(ref _openCount);
            await connection.OpenAsync(line.EndPoint);
            if (!_disposed)
            {
                return connection;
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Nobody there, or too slow.
        }

        if (connection is not null)
        {
            Drop(connection);
        }

        return null;
    }

    private void Drop(PodConnection connection)
    {
        if (_open.TryRemove(connection, out _))
        {
            Interlocked.Decrement(ref _openCount);
        }

        connection.Dispose();
    }

    private void Sweep()
    {
        var now = Now;
        foreach (var (connection, _) in _open)
        {
            connection.AbortIfOverdue(now);
        }

        if (Interlocked.Increment(ref _sweeps) % SweepsPerCleaning == 0)
        {
            Clean(now - (long)IdleLimit.TotalMilliseconds);
        }
    }

    private void Clean(long before)
    {
        // Their lines find them closed, and open new ones.
        foreach (var (connection, _) in _open)
        {
            if (connection.IsIdleSince(before))
            {
                Drop(connection);
            }
        }

        foreach (var (address, line) in _lines)
        {
            if (line.UsedAt < before)
            {
                _lines.TryRemove(address, out _);
            }
        }
    }
}
