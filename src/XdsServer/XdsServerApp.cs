using Knative.Xds.Hosting;
using Knative.Xds.Kube.Client;
using Knative.Xds.XdsServer.Draining;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Guarding;
using Knative.Xds.XdsServer.Health;
using Knative.Xds.XdsServer.Introspection;
using Knative.Xds.XdsServer.LoadReports;
using Knative.Xds.XdsServer.Pipeline;
using Knative.Xds.XdsServer.Probing;
using Knative.Xds.XdsServer.Proxyless;
using Knative.Xds.XdsServer.Replication;
using Knative.Xds.XdsServer.Reporting;
using Knative.Xds.XdsServer.Security;
using Knative.Xds.XdsServer.Streams;
using Knative.Xds.XdsServer.Watching;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Knative.Xds.XdsServer;

/// <summary>Composition of the xDS server.</summary>
public static class XdsServerApp
{
    // Whoever watches the health service learns of a change so late at most.
    private static readonly TimeSpan HealthPeriod = TimeSpan.FromSeconds(1);

    /// <summary>Makes the server; it listens when started. <paramref name="customize"/> runs last on the builder.</summary>
    /// <exception cref="FormatException">An option is malformed; the message names it.</exception>
    public static WebApplication Create(XdsServerOptions options, Action<WebApplicationBuilder>? customize = null)
    {
        var fleets = new FleetDirectory(options.AllFleets());
        var identities = new IdentityRules(options);
        var builder = ServiceApp.CreateBuilder(new ServiceOptions { Name = "xds-server", AdminListen = options.AdminListen });
        XdsPort.Listen(builder, options);
        builder.WebHost.ConfigureKestrel(kestrel => Configure(kestrel, options));
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = options.MaxMessageBytes);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(_ => KubeClient.Create(new KubeClientOptions { Kubeconfig = options.Kubeconfig, UserAgent = "kxds-xds-server" }));
        builder.Services.AddSingleton<XdsMetrics>();
        builder.Services.AddSingleton<ClusterInformers>();
        builder.Services.AddSingleton<ReferencedSecrets>();
        builder.Services.AddSingleton<LiveConfiguration>();
        builder.Services.AddSingleton<InternalAuthorities>();
        builder.Services.AddSingleton(fleets);
        builder.Services.AddSingleton(identities);
        builder.Services.AddSingleton<NodeGate>();
        AddStreams(builder.Services);
        // It says every second that a starting server is not ready yet; /readyz says why.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        builder.Services.AddSingleton<ReplicaLeases>();
        builder.Services.AddSingleton<GatewayProber>();
        builder.Services.AddHostedService(services => services.GetRequiredService<GatewayProber>());
        builder.Services.AddSingleton<StatusWriter>();
        builder.Services.AddHostedService(services => services.GetRequiredService<StatusWriter>());
        builder.Services.AddHostedService<OwnerLoop>();
        customize?.Invoke(builder);
        var app = builder.Build();
        if (XdsPort.IsOpenToOthers(options))
        {
            SecurityLog.Plaintext(app.Logger, options.Listen);
        }

        app.UseServiceEndpoints();
        app.Use((context, next) =>
        {
            MessageReader.Guard(context, options);
            return next(context);
        });
        app.MapGrpcService<AdsService>();
        app.MapGrpcService<LoadReportService>();
        app.MapGrpcService<ClientStatusService>();
        app.MapGrpcHealthChecksService();
        app.MapGrpcReflectionService();
        return app;
    }

    private static void AddStreams(IServiceCollection services)
    {
        services.AddSingleton<SecurityMetrics>();
        services.AddSingleton<StreamGuards>();
        services.AddSingleton<StreamDrain>();
        services.AddSingleton<StreamAdmission>();
        services.AddSingleton<StreamDirectory>();
        services.AddSingleton<ProxylessCatalogs>();
        services.AddHostedService(provider => provider.GetRequiredService<ProxylessCatalogs>());
        services.AddSingleton<AdsService>();
        services.AddSingleton<GatewayReports>();
        services.AddSingleton<ClientStatusService>();
        services.AddSingleton<DebugPages>();
        services.AddSingleton(provider => provider.GetRequiredService<DebugPages>().Gateways);
        services.AddSingleton(provider => provider.GetRequiredService<DebugPages>().Resources);
        services.AddSingleton<LoadMetrics>();
        services.AddSingleton<LoadTable>();
        services.AddSingleton<LoadReportService>();
        services.AddGrpcReflection();
        services.AddGrpcHealthChecks().AddCheck<ReadinessCheck>("ready");
        services.Configure<HealthCheckPublisherOptions>(publisher => (publisher.Delay, publisher.Period) = (TimeSpan.Zero, HealthPeriod));
    }

    private static void Configure(KestrelServerOptions kestrel, XdsServerOptions options)
    {
        // Without pings, a gateway that lost its power stays "connected" and keeps every ingress from becoming ready.
        kestrel.Limits.Http2.KeepAlivePingDelay = options.KeepAliveDelay;
        kestrel.Limits.Http2.KeepAlivePingTimeout = options.KeepAliveTimeout;
        // A paused gateway is slow, not an attacker: it holds back its own stream alone.
        kestrel.Limits.MinResponseDataRate = null;
        // Envoy's own gRPC client says "http" over TLS too.
        kestrel.AllowAlternateSchemes = true;
    }
}
