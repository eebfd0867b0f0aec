using System.Collections.Frozen;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Knative.Xds.Bare;
using Knative.Xds.Core.Wire;
using Knative.Xds.Dialing;
using Knative.Xds.Duplex;
using Knative.Xds.Exchanges;
using Knative.Xds.QueueProxy.Tracing;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>Forwards requests to the user container and streams its responses, both ways at once, with nothing buffered.</summary>
internal sealed class UserForwarder : IDisposable
{
    // No limit here: the limits of a request are the TimeoutHandler's.
    private static readonly ForwarderRequestConfig Http1 = new() { ActivityTimeout = Timeout.InfiniteTimeSpan, Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
    private static readonly ForwarderRequestConfig Http2 = new() { ActivityTimeout = Timeout.InfiniteTimeSpan, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };

    private static readonly FrozenSet<string> Left = new[] { HeaderNames.RevisionNamespace, HeaderNames.RevisionName }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private readonly UserTransformer _transformer = new();
    private readonly QueueOptions _options;
    private readonly EndPoint _user;
    private readonly string _destination;
    private readonly PatientDialer _dialer;
    private readonly HttpMessageInvoker _client;
    private readonly Lazy<IHttpForwarder> _forwarder;

    public UserForwarder(QueueOptions options, TimeProvider timeProvider, ILoggerFactory loggers)
    {
        _options = options;
        _user = IPAddress.TryParse(options.UserHost, out var address) ? new IPEndPoint(address, options.UserPort) : new DnsEndPoint(options.UserHost, options.UserPort);
        _destination = $"http://{(options.UserHost.Contains(':', StringComparison.Ordinal) ? $"[{options.UserHost}]" : options.UserHost)}:{options.UserPort}";
        _dialer = new PatientDialer(timeProvider);
        _client = CreateClient(async (_, cancellationToken) => new NetworkStream(await DialAsync(cancellationToken), ownsSocket: true));
        // Made when the port is open, at the latest by the first request.
        _forwarder = new Lazy<IHttpForwarder>(() => CreateForwarder(loggers));
    }

    /// <summary>Forwards one request; the user container sees <paramref name="span"/>, where there is one, as its parent.</summary>
    public async Task ForwardAsync(HttpContext context, ActiveSpan? span)
    {
        span?.Inject(context.Request.Headers);
        if (DuplexRequest.Is(context, _options.HttpFullDuplex))
        {
            await ForwardDuplexAsync(context);
            return;
        }

        if (BareRequest.TryMake(context, _destination, Left) is { } request)
        {
            await ForwardBareAsync(context, request);
            return;
        }

        var config = HttpProtocol.IsHttp2(context.Request.Protocol) ? Http2 : Http1;
        var error = await _forwarder.Value.SendAsync(context, _destination, _client, config, _transformer, CancellationToken.None);
        if (error == ForwarderError.None || context.Response.HasStarted || WholeResponse.Came(context))
            return;
        if (context.RequestAborted.IsCancellationRequested)
        {
            BrokenOff.NoteLeft(context, StatusCodes.Status502BadGateway);
            return;
        }

        var reason = context.Features.Get<IForwarderErrorFeature>()?.Exception is { } cause ? FailureReason.Of(cause) : error.ToString();
        await FailAsync(context, reason);
    }

    /// <summary>Forwards a request of nobody's to nobody while the user container still starts: what has run once is quicker, and the first request of a cold start need not wait for it.</summary>
    /// <returns>What became of it.</returns>
    public async Task<ForwarderError> RehearseAsync()
    {
        using var client = CreateClient(static (_, _) => ValueTask.FromResult<Stream>(new Understudy()));
        var context = new DefaultHttpContext();
        (context.Request.Method, context.Request.Protocol) = (HttpMethods.Get, HttpProtocol.Http11);
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = "/";
        context.Request.Host = new HostString(_options.UserHost);
        context.Connection.RemoteIpAddress = IPAddress.Loopback;
        return await _forwarder.Value.SendAsync(context, _destination, client, Http1, _transformer, CancellationToken.None);
    }

    public void Dispose() => _client.Dispose();

    private async Task ForwardBareAsync(HttpContext context, HttpRequestMessage request)
    {
        request.Headers.Host = context.Request.Host.Value;
        try
        {
            if (await BareExchange.RunAsync(context, _client, request, context.RequestAborted) is { } error && !context.Response.HasStarted)
                await FailAsync(context, FailureReason.Of(error));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            BrokenOff.NoteLeft(context, StatusCodes.Status502BadGateway);
        }
    }

    // The response may have got headers of the user container's.
    private static Task FailAsync(HttpContext context, string reason)
    {
        context.Response.Clear();
        return GoAnswer.ErrorAsync(context, StatusCodes.Status502BadGateway, reason);
    }

    private async Task ForwardDuplexAsync(HttpContext context)
    {
        // What the headers of the content are put into; it is never sent.
        using var request = new HttpRequestMessage { Content = new ByteArrayContent([]) };
        await _transformer.TransformRequestAsync(context, request, _destination, context.RequestAborted);
        try
        {
            using var socket = await DialAsync(context.RequestAborted);
            await using var connection = new NetworkStream(socket);
            await DuplexExchange.RunAsync(context, request, connection, context.RequestAborted);
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        {
            BrokenOff.NoteLeft(context, StatusCodes.Status502BadGateway);
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            if (context.Response.HasStarted)
                context.Abort();
            else
                await FailAsync(context, error.Message);
        }
    }

    private Task<Socket> DialAsync(CancellationToken cancellationToken) => _dialer.DialAsync(_user, cancellationToken);

    private static HttpMessageInvoker CreateClient(Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect) => new(new StreamingHandler(new SingleAttemptHandler(CreateTransport(connect))), disposeHandler: true);

    private static SocketsHttpHandler CreateTransport(Func<SocketsHttpConnectionContext, CancellationToken, ValueTask<Stream>> connect) => new()
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        EnableMultipleHttp2Connections = true,
        ConnectTimeout = PatientDialer.Limit + TimeSpan.FromSeconds(10),
        ConnectCallback = connect,
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
