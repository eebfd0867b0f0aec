using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using Knative.Xds.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Integration.Kingress.Harness;

/// <summary>The services that gateways use themselves, over gRPC: one that authorizes requests, and a collector of traces.</summary>
internal sealed class EdgeServices : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EdgeServices(WebApplication app) => _app = app;

    /// <summary>Their port on 127.0.0.1, HTTP/2 without TLS.</summary>
    public int Port => _app.BoundEndPoints()[0].Port;
    /// <summary>Decides on a request; none passes unless told otherwise.</summary>
    public Func<AuthorizationAttributes, bool> Allows { get; set; } = _ => false;
    /// <summary>What was asked, oldest first, with the headers of the call.</summary>
    public ConcurrentQueue<(AuthorizationAttributes Attributes, Metadata Headers)> Checks { get; } = new();
    /// <summary>What was collected.</summary>
    public ConcurrentQueue<ExportTraceServiceRequest> Traces { get; } = new();

    public static async Task<EdgeServices> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseShutdownTimeout(TimeSpan.Zero);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        EdgeServices? services = null;
        builder.Services.AddSingleton(_ => services!);
        var app = builder.Build();
        services = new EdgeServices(app);
        app.MapGrpcService<Authorizer>();
        app.MapGrpcService<Collector>();
        await app.StartAsync();
        return services;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private sealed class Authorizer(EdgeServices services) : Authorization.AuthorizationBase
    {
        private const int PermissionDenied = 7;

        public override Task<CheckResponse> Check(CheckRequest request, ServerCallContext context)
        {
            services.Checks.Enqueue((request.Attributes, context.RequestHeaders));
            return Task.FromResult(new CheckResponse { Status = new CheckStatus { Code = services.Allows(request.Attributes) ? 0 : PermissionDenied } });
        }
    }

    private sealed class Collector(EdgeServices services) : TraceService.TraceServiceBase
    {
        public override Task<ExportTraceServiceResponse> Export(ExportTraceServiceRequest request, ServerCallContext context)
        {
            services.Traces.Enqueue(request);
            return Task.FromResult(new ExportTraceServiceResponse());
        }
    }
}
