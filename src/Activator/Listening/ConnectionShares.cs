using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.Activation.Listening;

/// <summary>Counts open connections and says what a new one may have: the more there are, the less.</summary>
/// <remarks>The server reads its limits when a connection or a request begins. So a budget that is divided by the open connections at that moment is, however they come and go,
/// never exceeded by more than the logarithm of their number. Threading: safe.</remarks>
internal sealed class ConnectionShares(ActivatorOptions options)
{
    // Less would refuse ordinary requests.
    internal const int LeastHeaderBytes = 8 * 1024;
    // RFC 9113: what every connection begins with.
    internal const int LeastWindow = (1 << 16) - 1;
    internal const int LeastStreams = 16;
    private const int LargestWindow = 16 << 20;
    private const int MostStreams = 10_000;
    private KestrelServerLimits? _server;
    private int _open;
    private int _http2;

    /// <summary>Lets the limits of a server follow.</summary>
    public void Govern(KestrelServerLimits server)
    {
        _server = server;
        Apply();
    }

    /// <summary>A connection has come; false when there are too many. <see cref="Leave"/> is to be called in any case.</summary>
    public bool Enter()
    {
        var fits = Interlocked.Increment(ref _open) <= options.MaxConnections;
        Apply();
        return fits;
    }

    public void Leave()
    {
        Interlocked.Decrement(ref _open);
        Apply();
    }

    /// <summary>A connection turns out to be one of HTTP/2; false when there are too many of those. <see cref="LeaveHttp2"/> is to be called in any case.</summary>
    public bool EnterHttp2()
    {
        var fits = Interlocked.Increment(ref _http2) <= options.MaxHttp2Connections;
        Apply();
        return fits;
    }

    public void LeaveHttp2()
    {
        Interlocked.Decrement(ref _http2);
        Apply();
    }

    /// <summary>Largest header block of a request while so many connections are open.</summary>
    internal static int HeaderBytes(ActivatorOptions options, int open) =>
        (int)Math.Clamp(options.HeaderBudgetBytes / 2 / Math.Max(1, open), Math.Min(LeastHeaderBytes, options.MaxHeaderBytes), options.MaxHeaderBytes);

    /// <summary>What the client of the n-th HTTP/2 connection may send ahead.</summary>
    internal static int Window(ActivatorOptions options, int connections) =>
        (int)Math.Clamp(options.WindowBudgetBytes / 8 / Math.Max(1, connections), LeastWindow, LargestWindow);

    /// <summary>Requests at a time on the n-th HTTP/2 connection.</summary>
    /// <remarks>A gateway learns of it only once a connection is made, and what it sent before is refused and sent again, a few times: so few connections must do for a crowd.</remarks>
    internal static int Streams(ActivatorOptions options, int connections) =>
        Math.Clamp(options.MaxRequests / 2 / Math.Max(1, connections), LeastStreams, MostStreams);

    private void Apply()
    {
        if (_server is not { } server)
        {
            return;
        }

        server.MaxRequestHeadersTotalSize = HeaderBytes(options, Volatile.Read(ref _open));
        var http2 = Volatile.Read(ref _http2);
        server.Http2.InitialConnectionWindowSize = Window(options, http2);
        server.Http2.MaxStreamsPerConnection = Streams(options, http2);
    }
}
