using Knative.Xds.QueueProxy.Reporting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.QueueProxy.Listening;

/// <summary>Counts open connections, refuses those beyond the limit, and shares out what their headers may hold.</summary>
/// <remarks>Threading: every member may be called from anywhere.</remarks>
internal sealed class ConnectionGate(QueueLimits limits, RefusalCounter refusals)
{
    // What the server itself finds too large ends an HTTP/2 connection with all that it carries, so it looks away until a block is twice too large:
    // one that has come whole is refused by itself.
    internal const int Leeway = 2;
    private int _open;
    private int _http2;
    private KestrelServerLimits? _server;

    /// <summary>The largest header block that a request may have now.</summary>
    public int HeaderBytes => limits.HeaderBytes(Volatile.Read(ref _open));

    /// <summary>The server whose limit of header bytes follows the number of connections.</summary>
    public void Govern(KestrelServerLimits server)
    {
        _server = server;
        Share();
    }

    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _open) > limits.MaxConnections)
        {
            Leave();
            refusals.Count(Refusal.Connections);
            return false;
        }

        Share();
        return true;
    }

    public void Leave()
    {
        Interlocked.Decrement(ref _open);
        Share();
    }

    /// <summary>A connection turns out to be one of HTTP/2; false when there are too many of those.</summary>
    public bool TryEnterHttp2()
    {
        if (Interlocked.Increment(ref _http2) <= limits.MaxHttp2Connections)
            return true;
        LeaveHttp2();
        refusals.Count(Refusal.Connections);
        return false;
    }

    public void LeaveHttp2() => Interlocked.Decrement(ref _http2);

    private void Share()
    {
        if (_server is not { } server || HeaderBytes * Leeway is var bytes && server.MaxRequestHeadersTotalSize == bytes)
            return;
        server.MaxRequestHeadersTotalSize = bytes;
        server.MaxRequestLineSize = Math.Min(HttpServer.LongestRequestLine, bytes / Leeway);
    }
}
