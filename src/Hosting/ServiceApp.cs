using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace Knative.Xds.Hosting;

/// <summary>The frame that every service's composition starts from.</summary>
public static class ServiceApp
{
    /// <summary>Makes a builder with logging, time, metrics and readiness registered, listening on the admin address only.</summary>
    /// <remarks>Nothing in it is process-wide, so several services can share a process.</remarks>
    public static WebApplicationBuilder CreateBuilder(ServiceOptions options)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ApplicationName = options.Name });
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders().AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.UseUtcTimestamp = true;
            console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
        });
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Microsoft.Hosting", LogLevel.Warning).AddFilter("Yarp", LogLevel.Warning);
        builder.Services.AddSingleton(options);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<Readiness>();
        var registry = Metrics.NewCustomRegistry();
        DotNetStats.Register(registry);
        builder.Services.AddSingleton(registry);
        builder.Services.AddSingleton<IMetricFactory>(Metrics.WithCustomRegistry(registry));
        builder.Services.AddSingleton<AdminEndpoints>();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Listen(options.AdminListen, HttpProtocols.Http1);
        return builder;
    }

    /// <summary>Adds an address to listen on.</summary>
    /// <remarks>Errors: <see cref="FormatException"/> when it is not of the form <c>ip:port</c>.</remarks>
    public static void Listen(this WebApplicationBuilder builder, string address, HttpProtocols protocols)
    {
        var endPoint = ListenAddress.Parse(address);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(endPoint, listen => listen.Protocols = protocols));
    }

    /// <summary>Answers <c>/healthz</c>, <c>/readyz</c>, <c>/metrics</c> and every registered <see cref="AdminRoute"/> on the admin port, and nothing else there. Call it first.</summary>
    public static void UseServiceEndpoints(this WebApplication app)
    {
        var admin = app.Services.GetRequiredService<AdminEndpoints>();
        var adminPort = new Lazy<int>(() => app.BoundEndPoints()[0].Port);
        app.Use((context, next) => context.Connection.LocalPort == adminPort.Value ? admin.AnswerAsync(context) : next(context));
    }

    /// <summary>Every address that the app listens on, in the order in which they were added: the admin one is the first.</summary>
    public static IReadOnlyList<IPEndPoint> BoundEndPoints(this WebApplication app)
    {
        var feature = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>();
        var addresses = feature?.Addresses.Select(address => BindingAddress.Parse(address)).ToList();
        return addresses is { Count: > 0 }
            ? [.. addresses.Select(address => new IPEndPoint(IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) ? ip : IPAddress.Any, address.Port))]
            : throw new InvalidOperationException("The app listens nowhere yet: start it first");
    }
}
