using System.Net;
using System.Text;
using Knative.Xds.QueueProxy.Tracing;
using Yarp.ReverseProxy.Forwarder;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>Forwards requests to the user container and streams its responses, both ways at once, with nothing buffered.</summary>
internal sealed class UserForwarder : IDisposable
{
    // No limit here: the limits of a request are the TimeoutHandler's.
    private static readonly ForwarderRequestConfig Http1 = new() { ActivityTimeout = Timeout.InfiniteTimeSpan, Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
    private static readonly ForwarderRequestConfig Http2 = new() { ActivityTimeout = Timeout.InfiniteTimeSpan, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

    private readonly UserTransformer _transformer = new();
    private readonly string _destination;
    private readonly HttpMessageInvoker _client;
    private readonly Lazy<IHttpForwarder> _forwarder;

    public UserForwarder(string host, int port, ILoggerFactory loggers)
    {
        _destination = $"http://{(host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host)}:{port}";
        _client = new HttpMessageInvoker(CreateTransport(), disposeHandler: true);
        // Made by the first request, so that the port is open before.
        _forwarder = new Lazy<IHttpForwarder>(() => CreateForwarder(loggers));
    }

    /// <summary>Forwards one request; the user container sees <paramref name="span"/>, where there is one, as its parent.</summary>
    public async Task ForwardAsync(HttpContext context, ActiveSpan? span)
    {
        span?.Inject(context.Request.Headers);
        var config = HttpProtocol.IsHttp2(context.Request.Protocol) ? Http2 : Http1;
        var error = await _forwarder.Value.SendAsync(context, _destination, _client, config, _transformer, CancellationToken.None);
        if (error == ForwarderError.None || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
            return;
        var reason = context.Features.Get<IForwarderErrorFeature>()?.Exception?.Message ?? error.ToString();
        await GoAnswer.ErrorAsync(context, StatusCodes.Status502BadGateway, reason);
    }

    public void Dispose() => _client.Dispose();

    private static SocketsHttpHandler CreateTransport() => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = TimeSpan.FromSeconds(20),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
        // The user container decides whether the body is wanted; the client gets its 100 when the forwarder starts to read.
        Expect100ContinueTimeout = TimeSpan.FromSeconds(1),
        RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
    };

    private static IHttpForwarder CreateForwarder(ILoggerFactory loggers) => new ServiceCollection()
        .AddSingleton(loggers)
        .AddSingleton(typeof(ILogger<>), typeof(Logger<>))
        .AddHttpForwarder()
        .BuildServiceProvider()
        .GetRequiredService<IHttpForwarder>();
}
