using System.Net;
using Knative.Xds.Core.Configuration;
using Knative.Xds.Core.Stats;
using Knative.Xds.Core.Wire;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Knative.Xds.QueueProxy.Tests;

/// <summary>A queue-proxy on real sockets with a user container behind it and a clock that the test moves.</summary>
internal sealed class Proxy : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly UserContainer? _user;

    private Proxy(QueueProxyApp app, FakeTimeProvider time, UserContainer? user, Lines output)
    {
        (App, Time, _user, Output) = (app, time, user, output);
        Client = ClientOf(app.MainEndPoint);
    }

    public QueueProxyApp App { get; }

    public FakeTimeProvider Time { get; }

    /// <summary>Stands for standard output.</summary>
    public Lines Output { get; }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Talks to the port of user traffic.</summary>
    public HttpClient Client { get; }

    public static async Task<Proxy> StartAsync(RequestDelegate user, Func<QueueOptions, QueueOptions>? change = null, HttpProtocols protocols = HttpProtocols.Http1, Stream? output = null)
    {
        var container = await UserContainer.StartAsync(user, protocols);
        return await StartAsync(container.Port, change, container, output);
    }

    public static async Task<Proxy> StartAsync(int userPort, Func<QueueOptions, QueueOptions>? change = null, UserContainer? user = null, Stream? output = null)
    {
        var options = new QueueOptions
        {
            BindAddress = IPAddress.Loopback,
            ServingPort = 0,
            AdminPort = 0,
            StatsPort = 0,
            MetricsPort = 0,
            TlsPort = 0,
            ProfilingPort = 0,
            CertificateFolder = "/nonexistent",
            Observability = new ObservabilityConfig { RequestMetrics = new ExportConfig { Protocol = "prometheus" } },
            UserPort = userPort,
            Pod = "hello-00001-abc",
            Revision = "hello-00001",
            Namespace = "default",
        };
        var time = new FakeTimeProvider();
        var lines = new Lines();
        var app = QueueProxyApp.Create(change?.Invoke(options) ?? options, time, NullLoggerFactory.Instance, output ?? lines);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new Proxy(app, time, user, lines);
    }

    public static HttpClient ClientOf(IPEndPoint endPoint) =>
        new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = new Uri($"http://{endPoint}"), Timeout = Limit };

    /// <summary>Probes as the activator does.</summary>
    public async Task<HttpResponseMessage> ProbeAsync(string probe = ProbeValues.Queue)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/healthz");
        request.Headers.TryAddWithoutValidation("User-Agent", ProbeValues.ActivatorUserAgent);
        request.Headers.TryAddWithoutValidation(HeaderNames.NetworkProbe, probe);
        return await Client.SendAsync(request);
    }

    /// <summary>Scrapes as the autoscaler does.</summary>
    public async Task<Stat> ScrapeAsync()
    {
        using var client = ClientOf(App.StatsEndPoint);
        using var response = await client.GetAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Equal("application/protobuf", Assert.Single(response.Content.Headers.GetValues("Content-Type")));
        Assert.Equal(StatDecodeError.None, StatCodec.Decode(await response.Content.ReadAsByteArrayAsync(), out var stat));
        return stat;
    }

    /// <summary>The metrics as Prometheus reads them.</summary>
    public async Task<string> MetricsAsync()
    {
        using var client = ClientOf(App.MetricsEndPoint!);
        return await client.GetStringAsync(new Uri("/metrics", UriKind.Relative));
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.DisposeAsync();
        if (_user is not null)
            await _user.DisposeAsync();
    }
}
