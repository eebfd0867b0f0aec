using Knative.Xds.Autoscaler.Caching;
using Knative.Xds.Autoscaler.Collecting;
using Knative.Xds.Autoscaler.Collecting.Direct;
using Knative.Xds.Autoscaler.Deciding;
using Knative.Xds.Autoscaler.Explaining;
using Knative.Xds.Autoscaler.Measuring;
using Knative.Xds.Autoscaler.Reconciling;
using Knative.Xds.Autoscaler.Reconciling.Hpa;
using Knative.Xds.Autoscaler.Sharding;
using Knative.Xds.Autoscaler.Wiring;
using Knative.Xds.Core.Wire;
using Knative.Xds.Hosting;
using Knative.Xds.Kube.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.Autoscaler;

/// <summary>Composes an autoscaler.</summary>
public static class AutoscalerApp
{
    /// <summary>Makes an autoscaler that is ready to start. Several can share a process.</summary>
    /// <param name="options">How it runs.</param>
    /// <param name="customize">Runs last on the builder.</param>
    /// <remarks>Addresses: the admin one first, then the websocket for stats.</remarks>
    public static WebApplication Create(AutoscalerOptions options, Action<WebApplicationBuilder>? customize = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var builder = ServiceApp.CreateBuilder(new ServiceOptions { Name = "autoscaler", AdminListen = options.AdminListen });
        builder.Listen(options.Listen, HttpProtocols.Http1);
        AddServices(builder.Services, options);
        customize?.Invoke(builder);

        var app = builder.Build();
        var services = app.Services;
        services.GetRequiredService<Reconcilers>().Follow(
            services.GetRequiredService<DeciderTable>(), services.GetRequiredService<ScrapeLoop>(), services.GetRequiredService<LiveSettings>());
        // Nobody asks for it by name: it works when metrics are read.
        services.GetRequiredService<NewestDataReport>();
        app.UseServiceEndpoints();
        app.UseWebSockets();
        app.Run(services.GetRequiredService<StatSocket>().HandleAsync);
        return app;
    }

    private static void AddServices(IServiceCollection services, AutoscalerOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(_ => KubeClient.Create(new KubeClientOptions { Kubeconfig = options.Kubeconfig, UserAgent = "kxds-autoscaler" }));
        services.AddSingleton<AutoscalerMetrics>();
        services.AddSingleton<ClusterCaches>();
        services.AddSingleton<LiveSettings>();
        services.AddSingleton<RevisionMetrics>();
        services.AddSingleton<ColdStarts>();
        services.AddSingleton<NewestDataReport>();
        services.AddSingleton<Reports>();
        services.AddSingleton(provider => new StatClient(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new PodClient(provider.GetRequiredService<StatClient>(), provider.GetRequiredService<TimeProvider>(), Ports.AutoscalingMetrics, FileLimit.Read()));
        services.AddSingleton(_ => ScrapeRoom.For(FileLimit.Read()));
        services.AddSingleton<ScraperFactory>();
        services.AddSingleton(provider => new CollectionTable(provider.GetRequiredService<ScraperFactory>().Create));
        services.AddSingleton<DeciderTable>();
        services.AddSingleton<PlanLog>();
        services.AddSingleton<TickHistory>();
        services.AddSingleton<ScaleReporter>();
        services.AddSingleton<ScalePage>();
        services.AddSingleton(provider => new AdminRoute(ScalePage.Path, context => provider.GetRequiredService<ScalePage>().AnswerAsync(context)));
        services.AddSingleton<StatIntake>();
        services.AddSingleton<Ownership>();
        services.AddSingleton<ShardingMetrics>();
        services.AddSingleton<Forwarder>();
        services.AddSingleton<StatRouter>();
        services.AddSingleton<BucketEndpoints>();
        services.AddSingleton<BucketKeeper>();
        services.AddSingleton<OwnedOnly>();
        services.AddSingleton<FloodGates>();
        services.AddSingleton<StatSocket>();
        services.AddSingleton<ScaleTargets>();
        services.AddSingleton<ScaleWriter>();
        services.AddSingleton<IActivatorProbe, ActivatorProbe>();
        services.AddSingleton<Scaler>();
        services.AddSingleton<PaChildren>();
        services.AddSingleton<PaStatusWriter>();
        services.AddSingleton<AnnotationReport>();
        services.AddSingleton<PaReconciler>();
        services.AddSingleton<HpaReconciler>();
        services.AddSingleton<PaByClass>();
        services.AddSingleton<MetricReconciler>();
        services.AddSingleton<SksReconciler>();
        AddLoop<Reconcilers>(services);
        AddLoop<ScrapeLoop>(services);
        AddLoop<TickLoop>(services);
        AddLoop<ShardLoop>(services);
    }

    private static void AddLoop<T>(IServiceCollection services) where T : class, Microsoft.Extensions.Hosting.IHostedService
    {
        services.AddSingleton<T>();
        services.AddHostedService(provider => provider.GetRequiredService<T>());
    }
}
