using System.Net;
using Knative.Xds.Sandbox.Api.Describing;
using Knative.Xds.Sandbox.Api.Lifecycle;
using Knative.Xds.Sandbox.Api.Serving;
using Knative.Xds.Sandbox.Api.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Knative.Xds.Sandbox.Api;

/// <summary>A Kubernetes API in this process: any stock client can use it.</summary>
/// <remarks>Errors: StartAsync throws <see cref="ArgumentException"/> for options that cannot be, <see cref="IOException"/> for a taken port or an unreadable data directory. Threading: safe for use from many threads.</remarks>
public sealed class SandboxApi : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SandboxState _state;
    private readonly CancellationTokenSource _stopping;
    private readonly IReadOnlyList<Task> _background;

    private SandboxApi(WebApplication app, SandboxState state, CancellationTokenSource stopping, IReadOnlyList<Task> background, Uri address)
    {
        _app = app;
        _state = state;
        _stopping = stopping;
        _background = background;
        Address = address;
    }

    /// <summary>Where the API listens.</summary>
    public Uri Address { get; }

    /// <summary>A kubeconfig for this API.</summary>
    public string KubeconfigYaml => $"""
        apiVersion: v1
        kind: Config
        clusters:
        - name: kxds
          cluster:
            server: {Address.GetLeftPart(UriPartial.Authority)}
        contexts:
        - name: kxds
          context:
            cluster: kxds
            user: kxds
        users:
        - name: kxds
          user: {"{}"}
        current-context: kxds

        """;

    /// <summary>Starts the API; it answers when the task completes.</summary>
    public static async Task<SandboxApi> StartAsync(SandboxApiOptions options, ILoggerFactory? loggerFactory, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var endpoint = LoopbackEndpoint(options.Listen);
        var logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger<SandboxApi>();
        var stopping = new CancellationTokenSource();
        var state = SandboxState.Open(options, time, logger);
        try
        {
            var app = Build(endpoint, state, time, loggerFactory, stopping.Token);
            await app.StartAsync(cancellationToken);
            var background = new[] { state.RunJournalAsync(stopping.Token), new GarbageCollector(state.Store, state.Registry, state.Writer, state.Deleter, logger).RunAsync(stopping.Token) };
            SandboxApiLog.Listening(logger, app.Urls.First());
            return new SandboxApi(app, state, stopping, background, new Uri(app.Urls.First()));
        }
        catch
        {
            await stopping.CancelAsync();
            state.Dispose();
            stopping.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Watches never end by themselves: they must be told before the listener waits for them.
        await _stopping.CancelAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await Task.WhenAll(_background);
        _state.Dispose();
        _stopping.Dispose();
    }

    private static IPEndPoint LoopbackEndpoint(string listen)
    {
        if (!IPEndPoint.TryParse(listen, out var endpoint))
        {
            throw new ArgumentException($"Listen: '{listen}' is not address:port");
        }

        return IPAddress.IsLoopback(endpoint.Address)
            ? endpoint
            : throw new ArgumentException($"Listen: '{listen}' is not a loopback address, and the sandbox API has no authentication");
    }

    private static WebApplication Build(IPEndPoint endpoint, SandboxState state, TimeProvider time, ILoggerFactory? loggerFactory, CancellationToken stopping)
    {
        var logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger<SandboxApi>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (loggerFactory is not null)
        {
            builder.Services.Add(new(typeof(ILoggerFactory), new BorrowedLoggerFactory(loggerFactory)));
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(endpoint);
            kestrel.AddServerHeader = false;
            // A watch may be silent, and its reader slow.
            kestrel.Limits.MinResponseDataRate = null;
        });
        var app = builder.Build();
        var logs = new PodLogHandler(state.Store);
        app.Lifetime.ApplicationStopped.Register(logs.Dispose);
        var dispatcher = new ApiDispatcher(state.Registry, Handlers(state, time, logs, stopping), logger);
        app.Run(dispatcher.HandleAsync);
        return app;
    }

    private static ApiHandlers Handlers(SandboxState state, TimeProvider time, PodLogHandler logs, CancellationToken stopping) => new(
        new DocumentHandler(new DiscoveryDocuments(state.Registry), new OpenApiDocuments(state.Registry)),
        new ReadHandler(state.Store, new PageSnapshots(), time),
        new WatchHandler(state.Store, time, stopping),
        new WriteHandler(state.Store, state.Writer, state.Deleter, time),
        new ScaleHandler(state.Store, state.Writer),
        new BindingHandler(state.Writer, time),
        logs);
}
