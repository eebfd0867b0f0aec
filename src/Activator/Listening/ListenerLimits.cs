using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Knative.Xds.Activation.Listening;

/// <summary>Limits of the listeners: none that would end a slow or large request, and those on memory that are the same for all connections (see <see cref="ConnectionShares"/>).</summary>
/// <remarks>Source: knative/pkg network/server.go (a minute for the headers, no other time limit).</remarks>
internal static class ListenerLimits
{
    private const int Backlog = 4096;
    private const int HeaderCount = 1000;
    // More than a response of the usual size. What is larger waits at its source.
    private const int WriteBuffer = 16 * 1024;
    private static readonly TimeSpan PracticallyForever = TimeSpan.FromDays(365);

    public static void Apply(KestrelServerLimits limits, ActivatorOptions options)
    {
        limits.MaxRequestBodySize = null;
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        // Upstream closes no idle connection. Kestrel takes an infinite time for one that is over: it adds it to a clock that then overflows,
        // and closes every idle connection at its next heartbeat, once a second.
        limits.KeepAliveTimeout = PracticallyForever;
        limits.RequestHeadersTimeout = options.HeadersTimeout;
        limits.MaxRequestHeadersTotalSize = options.MaxHeaderBytes;
        limits.MaxRequestHeaderCount = HeaderCount;
        limits.MaxRequestLineSize = options.MaxHeaderBytes;
        // The server wants to have room for a whole header block.
        limits.MaxRequestBufferSize = Math.Max(options.MaxHeaderBytes, options.MaxWaitingBodyBytes);
        limits.Http2.InitialStreamWindowSize = Math.Max(ConnectionShares.LeastWindow, options.MaxWaitingBodyBytes);
        // A longer one ends its connection with all that this carries, where a block that is too large ends its own request alone.
        limits.Http2.MaxRequestHeaderFieldSize = 2 * options.MaxHeaderBytes;
    }

    public static void Apply(SocketTransportOptions sockets, ActivatorOptions options)
    {
        // A gateway that loses another activator comes with everything that waited there at once.
        sockets.Backlog = Backlog;
        sockets.MaxReadBufferSize = options.ReadBufferBytes;
        sockets.MaxWriteBufferSize = WriteBuffer;
    }
}
