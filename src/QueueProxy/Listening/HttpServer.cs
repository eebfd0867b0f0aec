using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Knative.Xds.QueueProxy.Listening;

/// <summary>Kestrel without a host: configuration, dependency injection and middleware would cost start-up time that every cold start pays.</summary>
internal sealed class HttpServer : IAsyncDisposable
{
    internal const int LongestRequestLine = 1 << 16;
    private static readonly TimeSpan PracticallyForever = TimeSpan.FromDays(365);
    // An activator that has a thousand requests waiting opens as many connections when the pod is ready.
    private const int Backlog = 4096;
    // More than a response of the usual size. What is larger waits at its source, and is counted.
    private const int WriteBuffer = 16 << 10;
    private const int StreamWindow = 128 << 10;
    private readonly KestrelServer _server;
    private readonly RequestApplication _application;

    public HttpServer(IReadOnlyList<SharedPort> ports, RequestDelegate handler, QueueLimits limits, ILoggerFactory loggers)
    {
        _application = new RequestApplication(handler);
        var options = CreateOptions(limits);
        Limits = options.Limits;
        foreach (var port in ports)
        {
            options.Listen(port.Http1, listen => listen.Protocols = HttpProtocols.Http1);
            options.Listen(port.Http2, listen => listen.Protocols = HttpProtocols.Http2);
        }

        // Read ahead no more than this of a body that nobody reads yet: a waiting request must not cost its whole upload.
        var transport = new SocketTransportOptions { MaxReadBufferSize = limits.ReadBufferBytes, MaxWriteBufferSize = WriteBuffer, Backlog = Backlog };
        _server = new KestrelServer(Options.Create(options), new SniffingListenerFactory(new SocketTransportFactory(Options.Create(transport), loggers)), loggers);
    }

    /// <summary>Limits in force; they may be changed while the server runs.</summary>
    public KestrelServerLimits Limits { get; }

    public Task StartAsync(CancellationToken cancellationToken) => _server.StartAsync(_application, cancellationToken);

    /// <summary>Closes the ports, lets requests finish, and cuts off what is left when <paramref name="cancellationToken"/> fires.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _server.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        _server.Dispose();
    }

    private static KestrelServerOptions CreateOptions(QueueLimits queue)
    {
        var options = new KestrelServerOptions
        {
            AddServerHeader = false,
            AllowHostHeaderOverride = true,
            AllowAlternateSchemes = true,
            RequestHeaderEncodingSelector = static _ => Encoding.Latin1,
            ResponseHeaderEncodingSelector = static _ => Encoding.Latin1,
        };
        // Upstream's servers bound the headers' arrival only: bodies may be of any size and speed, connections idle for any time.
        var limits = options.Limits;
        limits.RequestHeadersTimeout = queue.HeadersTimeout;
        // Kestrel takes an infinite time for one that is over: it adds it to a clock that then overflows,
        // and closes every idle connection at its next heartbeat, once a second.
        limits.KeepAliveTimeout = PracticallyForever;
        limits.MaxRequestBodySize = null;
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        limits.MaxRequestHeadersTotalSize = queue.MaxHeaderBytes;
        limits.MaxRequestHeaderCount = 1000;
        limits.MaxRequestLineSize = Math.Min(LongestRequestLine, queue.MaxHeaderBytes);
        limits.MaxRequestBufferSize = Math.Max(1 << 20, queue.MaxHeaderBytes * ConnectionGate.Leeway);
        limits.Http2.MaxStreamsPerConnection = queue.MaxStreamsPerConnection;
        limits.Http2.MaxRequestHeaderFieldSize = Math.Min(1 << 16, queue.MaxHeaderBytes);
        limits.Http2.InitialConnectionWindowSize = queue.Http2WindowBytes;
        limits.Http2.InitialStreamWindowSize = Math.Min(StreamWindow, queue.Http2WindowBytes);
        return options;
    }
}
