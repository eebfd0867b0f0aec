using Knative.Xds.Activation.Backends;
using Knative.Xds.Activation.Forwarding;
using Knative.Xds.Activation.Handlers;
using Knative.Xds.Activation.Listening;
using Knative.Xds.Activation.Reporting;
using Knative.Xds.Activation.Revisions;
using Knative.Xds.Hosting;
using Knative.Xds.Kube.Client;
using Prometheus;

namespace Knative.Xds.Activation;

/// <summary>Puts an activator together.</summary>
public static class ActivatorApp
{
    private const string Name = "activator";

    /// <summary>Makes an activator that does nothing before it is started.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="customize">Runs last on the builder.</param>
    /// <remarks>Its listeners are, in this order: admin, <see cref="ActivatorOptions.Listen"/>, <see cref="ActivatorOptions.ListenHttp2"/>.</remarks>
    public static WebApplication Create(ActivatorOptions options, Action<WebApplicationBuilder>? customize = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var builder = ServiceApp.CreateBuilder(new ServiceOptions { Name = Name, AdminListen = options.AdminListen });
        builder.Logging.AddFilter("Yarp", LogLevel.Error);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.DrainDelay + options.StopTimeout);
        AddParts(builder.Services, options);
        AddHandlers(builder.Services);
        AddListeners(builder, options);
        customize?.Invoke(builder);
        var app = builder.Build();
        ObserveOnCollection(app.Services);
        UseChain(app);
        return app;
    }

    private static void AddParts(IServiceCollection services, ActivatorOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<ActivatorMetrics>();
        services.AddSingleton<BackendTransport>();
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
        services.AddSingleton<RequestForwarder>();
        services.AddSingleton<HealthHandler>();
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
        var dispatch = new ProtocolDispatch();
        kestrel.Listen(ListenAddress.Parse(options.Listen), dispatch.ForHttp1);
        kestrel.Listen(ListenAddress.Parse(options.ListenHttp2), dispatch.ForHttp2);
    });

    private static void UseChain(WebApplication app)
    {
        var services = app.Services;
        app.UseServiceEndpoints();
        app.Use(services.GetRequiredService<HealthHandler>().InvokeAsync);
        app.Use(ProbeHandler.InvokeAsync);
        app.Use(services.GetRequiredService<RevisionHandler>().InvokeAsync);
        app.Use(services.GetRequiredService<ReportingHandler>().InvokeAsync);
        app.Use(services.GetRequiredService<TimeoutHandler>().InvokeAsync);
        app.Run(services.GetRequiredService<ActivationHandler>().InvokeAsync);
    }

    private static void ObserveOnCollection(IServiceProvider services)
    {
        var (revisions, metrics) = (services.GetRequiredService<RevisionTable>(), services.GetRequiredService<ActivatorMetrics>());
        revisions.Removed += metrics.Forget;
        services.GetRequiredService<CollectorRegistry>().AddBeforeCollectCallback(() =>
        {
            foreach (var runtime in revisions.All)
            {
                metrics.ObserveRequests(runtime.Revision, runtime.Throttle.Waiting, runtime.Throttle.InFlight);
            }
        });
    }
}
