using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Gateway;

/// <summary>The server behind one listener: HTTP/1.1 and HTTP/2 with prior knowledge on one port.</summary>
internal sealed class ListenerServer : IAsyncDisposable
{
    private const int MaxStreams = 1024;
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromHours(1);
    private readonly WebApplication _app;

    private ListenerServer(WebApplication app, IPEndPoint wanted) => (_app, Wanted) = (app, wanted);

    /// <summary>The address that was asked for.</summary>
    public IPEndPoint Wanted { get; }

    /// <summary>The address that it listens on.</summary>
    public IPEndPoint Bound
    {
        get
        {
            var address = _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First();
            return new IPEndPoint(Wanted.Address, BindingAddress.Parse(address).Port);
        }
    }

    /// <summary>Listens.</summary>
    /// <exception cref="IOException">The address is taken or does not exist.</exception>
    public static async Task<ListenerServer> StartAsync(GatewayListener listener, RequestRouter router, ILoggerFactory loggers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, listener));
        builder.Services.Replace(ServiceDescriptor.Singleton(loggers));
        builder.Services.AddHttpForwarder();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = DrainTimeout);
        var app = builder.Build();
        app.Run(context => router.HandleAsync(listener.Name, context));
        try
        {
            await app.StartAsync();
            return new ListenerServer(app, listener.Address);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static void Configure(KestrelServerOptions kestrel, GatewayListener listener)
    {
        kestrel.AddServerHeader = false;
        // PrefaceSniffer makes HTTP/2 look like TLS; the scheme stays the client's.
        kestrel.AllowAlternateSchemes = true;
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.MinRequestBodyDataRate = null;
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.KeepAliveTimeout = IdleTimeout;
        kestrel.Limits.Http2.MaxStreamsPerConnection = MaxStreams;
        if (listener.HeadersTimeout is { } timeout)
        {
            kestrel.Limits.RequestHeadersTimeout = timeout;
        }

        kestrel.Listen(listener.Address, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.Use(PrefaceSniffer.Middleware);
        });
    }
}
