using Knative.Xds.Hosting;
using Knative.Xds.Kube.Client;
using Knative.Xds.XdsServer.Fleets;
using Knative.Xds.XdsServer.Pipeline;
using Knative.Xds.XdsServer.Reporting;
using Knative.Xds.XdsServer.Streams;
using Knative.Xds.XdsServer.Watching;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Knative.Xds.XdsServer;

/// <summary>Composition of the xDS server.</summary>
public static class XdsServerApp
{
    // A reconnecting Envoy names everything that it holds in one message: 1.8 MB per type at 20,000 route configurations.
    private const int MaxReceiveBytes = 64 * 1024 * 1024;
    // Without pings, a gateway that lost its power stays "connected" and keeps every ingress from becoming ready.
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Makes the server; it listens when started. <paramref name="customize"/> runs last on the builder.</summary>
    /// <exception cref="FormatException">An option is malformed; the message names it.</exception>
    public static WebApplication Create(XdsServerOptions options, Action<WebApplicationBuilder>? customize = null)
    {
        var fleets = new FleetDirectory(options.AllFleets());
        var builder = ServiceApp.CreateBuilder(new ServiceOptions { Name = "xds-server", AdminListen = options.AdminListen });
        builder.Listen(options.Listen, HttpProtocols.Http2);
        builder.WebHost.ConfigureKestrel(Configure);
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = MaxReceiveBytes);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(_ => KubeClient.Create(new KubeClientOptions { Kubeconfig = options.Kubeconfig, UserAgent = "kxds-xds-server" }));
        builder.Services.AddSingleton<XdsMetrics>();
        builder.Services.AddSingleton<ClusterInformers>();
        builder.Services.AddSingleton<ReferencedSecrets>();
        builder.Services.AddSingleton(fleets);
        builder.Services.AddSingleton<NodeGate>();
        builder.Services.AddSingleton<AdsService>();
        builder.Services.AddSingleton<StatusWriter>();
        builder.Services.AddHostedService(services => services.GetRequiredService<StatusWriter>());
        builder.Services.AddHostedService<OwnerLoop>();
        customize?.Invoke(builder);
        var app = builder.Build();
        app.UseServiceEndpoints();
        app.MapGrpcService<AdsService>();
        return app;
    }

    private static void Configure(KestrelServerOptions kestrel)
    {
        kestrel.Limits.Http2.KeepAlivePingDelay = PingDelay;
        kestrel.Limits.Http2.KeepAlivePingTimeout = PingTimeout;
        // A paused gateway is slow, not an attacker: it holds back its own stream alone.
        kestrel.Limits.MinResponseDataRate = null;
    }
}
