using Knative.Xds.Activation.Backends;
using Knative.Xds.Activation.Configuration;
using Knative.Xds.Activation.Forwarding;
using Knative.Xds.Activation.Forwarding.Bare;
using Knative.Xds.Activation.Forwarding.Plain;
using Knative.Xds.Activation.Handlers;
using Knative.Xds.Activation.Listening;
using Knative.Xds.Activation.Measuring;
using Knative.Xds.Activation.Reporting;
using Knative.Xds.Activation.Revisions;
using Knative.Xds.Activation.Throttling;
using Knative.Xds.Activation.Tls;
using Knative.Xds.Activation.Tracing;
using Knative.Xds.Hosting;
using Knative.Xds.Kube.Client;
using Knative.Xds.Limits;
using Prometheus;

namespace Knative.Xds.Activation;

/// <summary>Puts an activator together.</summary>
public static class ActivatorApp
{
    private const string Name = "activator";

    /// <summary>Makes an activator that does nothing before it is started.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="customize">Runs last on the builder.</param>
    /// <remarks>Its listeners are, in this order: admin, <see cref="ActivatorOptions.Listen"/>, <see cref="ActivatorOptions.ListenHttp2"/> and, where there is one, <see cref="ActivatorOptions.ListenTls"/>.</remarks>
    public static WebApplication Create(ActivatorOptions options, Action<WebApplicationBuilder>? customize = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var builder = ServiceApp.CreateBuilder(new ServiceOptions { Name = Name, AdminListen = options.AdminListen });
        builder.Logging.AddFilter("Yarp", LogLevel.Error);
        // While this logger takes anything at all, the host makes an Activity and a log scope for every request.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainDelay + options.StopTimeout);
        AddParts(builder.Services, options);
        AddHandlers(builder.Services);
        builder.WebHost.UseSockets(sockets => ListenerLimits.Apply(sockets, options));
        AddListeners(builder, options);
        customize?.Invoke(builder);
        CountRefusals(builder);
        var app = builder.Build();
        Connect(app.Services);
        UseChain(app);
        return app;
    }

    private static void AddParts(IServiceCollection services, ActivatorOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<ActivatorMetrics>();
        services.AddSingleton<RequestBudgets>();
        services.AddSingleton<LiveSettings>();
        services.AddSingleton<ConfigWatch>();
        services.AddSingleton<CertificateStore>();
        services.AddSingleton<TlsWatch>();
        services.AddSingleton<RequestTracer>();
        services.AddSingleton<BackendTransport>();
        services.AddSingleton<PodConnectionPool>();
        services.AddSingleton<PlainTransport>();
        services.AddSingleton<IPodProber, PodProber>();
        services.AddSingleton<RevisionTable>();
        services.AddSingleton<AutoscalerAddress>();
        services.AddSingleton(new ConcurrencyReporter(options.PodName));
        services.AddSingleton<AutoscalerLink>();
        services.AddSingleton<ReportLoop>();
        services.AddSingleton(provider => new ActivatorState(provider.GetRequiredService<RevisionTable>(), provider.GetRequiredService<AutoscalerLink>()));
        services.AddSingleton(_ => KubeClient.Create(new KubeClientOptions { Kubeconfig = options.Kubeconfig, UserAgent = Name }));
        services.AddSingleton<KubeWatchContext>();
        services.AddHttpForwarder();
        services.AddHostedService<DrainService>();
        services.AddHostedService<KubeWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<AutoscalerLink>());
        services.AddHostedService(provider => provider.GetRequiredService<ReportLoop>());
    }

    private static void AddHandlers(IServiceCollection services)
    {
        services.AddSingleton<PlainForwarder>();
        services.AddSingleton<BareForwarder>();
        services.AddSingleton<RequestForwarder>();
        services.AddSingleton<HealthHandler>();
        services.AddSingleton<AdmissionHandler>();
        services.AddSingleton<TraceHandler>();
        services.AddSingleton<LogHandler>();
        services.AddSingleton<RevisionHandler>();
        services.AddSingleton<ReportingHandler>();
        services.AddSingleton<TimeoutHandler>();
        services.AddSingleton<ActivationHandler>();
    }

    private static void AddListeners(WebApplicationBuilder builder, ActivatorOptions options) => builder.WebHost.ConfigureKestrel(kestrel =>
    {
        ListenerLimits.Apply(kestrel.Limits, options);
        kestrel.AllowSynchronousIO = false;
        kestrel.RequestHeaderEncodingSelector = static _ => System.Text.Encoding.Latin1;
        kestrel.ResponseHeaderEncodingSelector = static _ => System.Text.Encoding.Latin1;
        var services = kestrel.ApplicationServices;
        var shares = new ConnectionShares(options);
        shares.Govern(kestrel.Limits);
        var dispatch = new ProtocolDispatch(options, shares, services.GetRequiredService<ActivatorMetrics>(), services.GetRequiredService<TimeProvider>());
        kestrel.Listen(ListenAddress.Parse(options.Listen), dispatch.ForHttp1);
        kestrel.Listen(ListenAddress.Parse(options.ListenHttp2), dispatch.ForHttp2);
        if (!string.IsNullOrEmpty(options.ListenTls))
        {
            var certificates = services.GetRequiredService<CertificateStore>();
            kestrel.Listen(ListenAddress.Parse(options.ListenTls), listen => dispatch.ForTls(listen, certificates));
        }
    });

    // After the caller, who may have removed all other loggers.
    private static void CountRefusals(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ILoggerProvider>(services => new RefusalLogger(services.GetRequiredService<ActivatorMetrics>));
        builder.Logging.AddFilter<RefusalLogger>((string?)null, LogLevel.None)
            .AddFilter<RefusalLogger>(RefusalLogger.Category, LogLevel.Debug)
            .AddFilter<RefusalLogger>(ConnectionErrors.Category, LogLevel.Debug);
    }

    private static void UseChain(WebApplication app)
    {
        var services = app.Services;
        app.UseServiceEndpoints();
        app.Use(services.GetRequiredService<HealthHandler>().InvokeAsync);
        app.Use(ProbeHandler.InvokeAsync);
        app.Use(services.GetRequiredService<AdmissionHandler>().InvokeAsync);
        app.Use(services.GetRequiredService<TraceHandler>().InvokeAsync);
        app.Use(services.GetRequiredService<RevisionHandler>().InvokeAsync);
        app.Use(services.GetRequiredService<LogHandler>().InvokeAsync);
        app.Use(services.GetRequiredService<ReportingHandler>().InvokeAsync);
        app.Use(services.GetRequiredService<TimeoutHandler>().InvokeAsync);
        app.Run(services.GetRequiredService<ActivationHandler>().InvokeAsync);
    }

    private static void Connect(IServiceProvider services)
    {
        var revisions = services.GetRequiredService<RevisionTable>();
        services.GetRequiredService<LiveSettings>().NetworkChanged += revisions.Restart;
        services.GetRequiredService<CollectorRegistry>().AddBeforeCollectCallback(() =>
        {
            foreach (var runtime in revisions.All)
            {
                runtime.Series.ObserveRequests(runtime.Throttle.Waiting, runtime.Throttle.InFlight);
            }
        });
    }
}
