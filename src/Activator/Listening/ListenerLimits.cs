using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.Activation.Listening;

/// <summary>Limits of the listeners: none that would end a slow or large request, and one on what waiting requests keep in memory.</summary>
/// <remarks>Source: knative/pkg network/server.go (a minute for the headers, no other time limit).</remarks>
internal static class ListenerLimits
{
    private const int HeaderCount = 1000;
    private const int MaxStreams = 10_000;
    // Smallest window that HTTP/2 allows us to announce as the initial one.
    private const int SmallestWindow = 65_535;
    // Requests that wait must not use up the window of a connection that they share with others.
    private const int StreamsWorthOfWindow = 256;
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
        limits.Http2.MaxStreamsPerConnection = MaxStreams;
        limits.Http2.InitialStreamWindowSize = Math.Max(SmallestWindow, options.MaxWaitingBodyBytes);
        limits.Http2.InitialConnectionWindowSize = (int)Math.Min(int.MaxValue, (long)limits.Http2.InitialStreamWindowSize * StreamsWorthOfWindow);
    }
}
