using System.Collections.Concurrent;
using System.Net;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Activator.Tests.Fakes;

/// <summary>A queue-proxy with an application in it, on a real socket.</summary>
internal sealed class FakePod : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RequestDelegate _application;
    private readonly ConcurrentQueue<string> _log = new();
    private int _running;
    private int _mostRunning;

    private FakePod(RequestDelegate application, HttpProtocols protocols, IPEndPoint endPoint, Action<ListenOptions>? configure)
    {
        _application = application;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(endPoint, listen =>
        {
            listen.Protocols = protocols;
            configure?.Invoke(listen);
        }));
        _app = builder.Build();
        _app.UseWebSockets();
        _app.Run(AnswerAsync);
    }

    /// <value>What the queue-proxy says to probes.</value>
    public bool Ready { get; set; } = true;

    /// <value>What probes get instead, as from a mesh or a program that is no queue-proxy.</value>
    public (int Status, string Body)? ProbeAnswer { get; set; }

    /// <value>Sees every probe.</value>
    public Action<HttpContext>? OnProbe { get; set; }

    public int Port { get; private set; }

    public string Host { get; private set; } = "";

    /// <value>Most requests at once, probes left out.</value>
    public int MostRunning => Volatile.Read(ref _mostRunning);

    /// <value>Requests that the application got.</value>
    public int Served => _log.Count(entry => entry != "probe");

    /// <value>Requests in order of arrival: <c>probe</c>, or the path.</value>
    public IReadOnlyCollection<string> Log => _log;

    public static async Task<FakePod> StartAsync(RequestDelegate? application = null, HttpProtocols protocols = HttpProtocols.Http1, int port = 0, string address = "127.0.0.1", Action<ListenOptions>? configure = null)
    {
        var pod = new FakePod(application ?? (context => context.Response.WriteAsync("hello")), protocols, new IPEndPoint(IPAddress.Parse(address), port), configure) { Host = address };
        await pod._app.StartAsync();
        pod.Port = new Uri(pod._app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single()).Port;
        return pod;
    }

    public ServiceEndpoint Endpoint(bool ready = false) => EndpointAt(Port, ready) with { Address = Host };

    public static ServiceEndpoint EndpointAt(int port, bool ready = false) => new()
    {
        Address = "127.0.0.1",
        Ports = System.Collections.Immutable.ImmutableSortedDictionary<string, int>.Empty.Add(Ports.NameHttp, port).Add(Ports.NameHttp2, port),
        Ready = ready,
    };

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Headers[HeaderNames.NetworkProbe] == ProbeValues.Queue)
        {
            _log.Enqueue("probe");
            OnProbe?.Invoke(context);
            var (status, body) = ProbeAnswer ?? (Ready ? (200, ProbeValues.Queue) : (503, "not ready"));
            context.Response.StatusCode = status;
            await context.Response.WriteAsync(body);
            return;
        }

        _log.Enqueue(context.Request.Path.Value ?? "");
        InterlockedMax(ref _mostRunning, Interlocked.Increment(ref _running));
        try
        {
            await _application(context);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
