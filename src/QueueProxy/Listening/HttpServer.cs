using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Knative.Xds.QueueProxy.Listening;

/// <summary>Kestrel without a host: configuration, dependency injection and middleware would cost start-up time that every cold start pays.</summary>
internal sealed class HttpServer : IAsyncDisposable
{
    private static readonly TimeSpan PracticallyForever = TimeSpan.FromDays(365);
    private readonly KestrelServer _server;
    private readonly RequestApplication _application;

    public HttpServer(IReadOnlyList<SharedPort> ports, RequestDelegate handler, ILoggerFactory loggers)
    {
        _application = new RequestApplication(handler);
        var options = CreateOptions();
        foreach (var port in ports)
        {
            options.Listen(port.Http1, listen => listen.Protocols = HttpProtocols.Http1);
            options.Listen(port.Http2, listen => listen.Protocols = HttpProtocols.Http2);
        }

        var sockets = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), loggers);
        _server = new KestrelServer(Options.Create(options), new SniffingListenerFactory(sockets), loggers);
    }

    public Task StartAsync(CancellationToken cancellationToken) => _server.StartAsync(_application, cancellationToken);

    /// <summary>Closes the ports, lets requests finish, and cuts off what is left when <paramref name="cancellationToken"/> fires.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _server.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync(new CancellationToken(canceled: true));
        _server.Dispose();
    }

    private static KestrelServerOptions CreateOptions()
    {
        var options = new KestrelServerOptions
        {
            AddServerHeader = false,
            AllowHostHeaderOverride = true,
            RequestHeaderEncodingSelector = static _ => Encoding.Latin1,
            ResponseHeaderEncodingSelector = static _ => Encoding.Latin1,
        };
        // Upstream's servers bound the headers' arrival only: bodies may be of any size and speed, connections idle for any time.
        var limits = options.Limits;
        limits.RequestHeadersTimeout = TimeSpan.FromMinutes(1);
        // Kestrel takes an infinite time for one that is over: it adds it to a clock that then overflows,
        // and closes every idle connection at its next heartbeat, once a second.
        limits.KeepAliveTimeout = PracticallyForever;
        limits.MaxRequestBodySize = null;
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        // Go's default limit of header bytes is 1 MiB, of streams per connection 250.
        limits.MaxRequestHeadersTotalSize = 1 << 20;
        limits.MaxRequestHeaderCount = 1000;
        limits.MaxRequestLineSize = 1 << 16;
        limits.Http2.MaxStreamsPerConnection = 250;
        return options;
    }
}
