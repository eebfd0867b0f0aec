using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Knative.Xds.Core.Wire;
using Knative.Xds.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>A server that answers with an account of the request, echoes websockets with its name, speaks gRPC, and answers network probes as queue-proxies do.</summary>
/// <remarks>HTTP/1.1 and HTTP/2 without TLS have a port each, as a server cannot tell them apart.</remarks>
internal sealed class EchoBackend : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly BackendOptions _options;
    private readonly string _name;
    private int _answers;
    private int _connections;

    private EchoBackend(string name, BackendOptions options)
    {
        (_name, _options) = (name, options);
        _app = Build();
    }

    /// <summary>Port that speaks HTTP/1.1.</summary>
    public int Http1Port => _app.BoundEndPoints()[0].Port;
    /// <summary>Port that speaks HTTP/2 without TLS.</summary>
    public int Http2Port => _app.BoundEndPoints()[1].Port;
    /// <summary>Port that speaks both over TLS.</summary>
    public int TlsPort => _app.BoundEndPoints()[2].Port;
    /// <summary>Its address.</summary>
    public string Address => $"{_options.Address}";
    /// <summary>Application requests so far.</summary>
    public int Answers => _answers;
    /// <summary>Connections accepted so far.</summary>
    public int Connections => _connections;
    /// <summary>Targets of application requests, oldest first.</summary>
    public ConcurrentQueue<string> Targets { get; } = new();

    public static async Task<EchoBackend> StartAsync(string name, BackendOptions? options = null)
    {
        var backend = new EchoBackend(name, options ?? new BackendOptions());
        await backend._app.StartAsync();
        return backend;
    }

    /// <summary>Ends as a pod does: takes nothing new, finishes what it has begun.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        try
        {
            // Open websockets and hanging requests must not hold a test's end back.
            await _app.StopAsync(new CancellationToken(canceled: true));
        }
        catch (OperationCanceledException)
        {
            // They have been cut.
        }

        await _app.DisposeAsync();
    }

    private WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(Listen);
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(new BackendName(_name));
        var app = builder.Build();
        app.Use(ProbeAsync);
        app.UseWebSockets();
        app.MapGrpcService<PingBackend>();
        app.MapFallback(AnswerAsync);
        return app;
    }

    private void Listen(KestrelServerOptions kestrel)
    {
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Listen(_options.Address, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.Use(next => connection =>
            {
                Interlocked.Increment(ref _connections);
                return next(connection);
            });
        });
        kestrel.Listen(_options.Address, 0, listen => listen.Protocols = HttpProtocols.Http2);
        if (_options.Certificate is { } certificate)
        {
            // Gateways say by which scheme their client came.
            kestrel.AllowAlternateSchemes = true;
            kestrel.Listen(_options.Address, 0, listen => listen.UseHttps(certificate));
        }
    }

    /// <summary>Probes never reach the application, and the application never sees their hash.</summary>
    private static Task ProbeAsync(HttpContext context, RequestDelegate next)
    {
        var hash = context.Request.Headers[HeaderNames.NetworkHash].ToString();
        if (context.Request.Headers[HeaderNames.NetworkProbe] != ProbeValues.Ingress)
        {
            context.Request.Headers.Remove(HeaderNames.NetworkHash);
            return next(context);
        }

        context.Response.StatusCode = hash.Length > 0 ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest;
        context.Response.Headers[HeaderNames.NetworkHash] = hash;
        return Task.CompletedTask;
    }

    private async Task AnswerAsync(HttpContext context)
    {
        Targets.Enqueue(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        var answer = Interlocked.Increment(ref _answers) - 1;
        if (context.WebSockets.IsWebSocketRequest)
        {
            await EchoAsync(context);
        }
        else if (answer < _options.FirstCodes.Count)
        {
            context.Response.StatusCode = _options.FirstCodes[answer];
        }
        else
        {
            await (_options.Handler ?? DescribeAsync)(context);
        }
    }

    private async Task DescribeAsync(HttpContext context)
    {
        var buffer = new byte[64 * 1024];
        var bytes = 0L;
        for (int read; (read = await context.Request.Body.ReadAsync(buffer, context.RequestAborted)) > 0;)
        {
            bytes += read;
        }

        var seen = new Seen(
            _name,
            context.Request.Protocol,
            context.Request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Host.Value ?? "",
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.Select(value => value ?? "").ToArray()),
            bytes);
        await context.Response.WriteAsync(JsonSerializer.Serialize(seen));
    }

    private async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: not WebSocketMessageType.Close } received)
        {
            var reply = $"{Encoding.UTF8.GetString(buffer, 0, received.Count)} {_name}";
            await socket.SendAsync(Encoding.UTF8.GetBytes(reply), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
        }

        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
    }
}
