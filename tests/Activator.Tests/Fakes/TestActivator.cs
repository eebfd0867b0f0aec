using System.Collections.Immutable;
using System.Net;
using Knative.Xds.Activation;
using Knative.Xds.Activation.Revisions;
using Knative.Xds.Core.Model;
using Knative.Xds.Core.Wire;
using Knative.Xds.Exchanges;
using Knative.Xds.Hosting;
using Knative.Xds.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Activator.Tests.Fakes;

/// <summary>The whole activator on real sockets, fed by the test instead of Kubernetes.</summary>
internal sealed class TestActivator : IAsyncDisposable
{
    public static readonly ObjectKey Revision = new("default", "hello-00001");

    private TestActivator(FakeAutoscaler autoscaler, WebApplication app, HttpClient client) => (Autoscaler, App, Client) = (autoscaler, app, client);

    public FakeAutoscaler Autoscaler { get; }

    public WebApplication App { get; }

    /// <value>Sends to the HTTP/1.1 listener, for <see cref="Revision"/>.</value>
    public HttpClient Client { get; }

    public RevisionTable Revisions => App.Services.GetRequiredService<RevisionTable>();

    public RevisionSnapshot State => App.Services.GetRequiredService<ActivatorState>().Snapshot().Revisions.Single();

    public IPEndPoint Http1 => App.BoundEndPoints()[1];

    public IPEndPoint Http2 => App.BoundEndPoints()[2];

    public static async Task<TestActivator> StartAsync(Action<ActivatorOptions>? configure = null, Action<WebApplicationBuilder>? customize = null)
    {
        var autoscaler = await FakeAutoscaler.StartAsync();
        var options = new ActivatorOptions
        {
            AdminListen = "127.0.0.1:0",
            Listen = "127.0.0.1:0",
            ListenHttp2 = "127.0.0.1:0",
            AutoscalerUrl = autoscaler.Url,
            PodName = "activator-0",
            PodIp = "10.9.0.1",
            DrainDelay = TimeSpan.Zero,
        };
        configure?.Invoke(options);
        var app = ActivatorApp.Create(options, builder =>
        {
            builder.Logging.ClearProviders();
            if (options.Kubeconfig is null)
            {
                builder.Services.Remove(builder.Services.Single(service => service.ImplementationType == typeof(KubeWatch)));
            }

            customize?.Invoke(builder);
        });
        await app.StartAsync();
        if (options.Kubeconfig is null)
        {
            app.Services.GetRequiredService<RevisionTable>().MarkSynced();
        }

        var activator = new TestActivator(autoscaler, app, NewClient(app.BoundEndPoints()[1]));
        await Eventually.TrueAsync(() => !autoscaler.Accepts || app.Services.GetRequiredService<ActivatorState>().Snapshot().AutoscalerReachable);
        return activator;
    }

    public static HttpClient NewClient(IPEndPoint endPoint, Version? version = null)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, EnableMultipleHttp2Connections = true })
        {
            BaseAddress = new Uri($"http://{endPoint}"),
            DefaultRequestVersion = version ?? HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = TimeSpan.FromSeconds(60),
        };
        client.DefaultRequestHeaders.Add(HeaderNames.RevisionNamespace, Revision.Namespace);
        client.DefaultRequestHeaders.Add(HeaderNames.RevisionName, Revision.Name);
        return client;
    }

    public void AddRevision(int containerConcurrency = 0, AppProtocol protocol = AppProtocol.Http1, ObjectKey? key = null, bool fullDuplex = false) =>
        Revisions.Set(new Revision(key ?? Revision, containerConcurrency, protocol)
        {
            Service = "hello",
            Configuration = "hello",
            FullDuplex = fullDuplex,
            Timeouts = new TimeLimits(
                App.Services.GetRequiredService<ActivatorOptions>().RequestTimeout,
                App.Services.GetRequiredService<ActivatorOptions>().ResponseStartTimeout,
                App.Services.GetRequiredService<ActivatorOptions>().IdleTimeout),
        });

    /// <summary>What <c>/metrics</c> says now.</summary>
    public async Task<string> MetricsAsync()
    {
        using var admin = new HttpClient();
        return await admin.GetStringAsync(new Uri($"http://{App.BoundEndPoints()[0]}/metrics"), TestContext.Current.CancellationToken);
    }

    public void SetPods(params ImmutableArray<ServiceEndpoint> pods) => Revisions.SetPods(Revision, pods);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using (var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5)))
        {
            await App.StopAsync(limit.Token);
        }

        await App.DisposeAsync();
        await Autoscaler.DisposeAsync();
    }
}
