using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Sandbox.Pods;

/// <summary>The part of kubelet's HTTPS API that <c>kubectl logs</c> needs.</summary>
/// <remarks>The API server connects without a certificate of its own, so whoever reaches the address may read logs: listen on loopback.
/// Source: kubernetes pkg/kubelet/server (containerLogs).</remarks>
internal sealed class KubeletEndpoint : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly X509Certificate2 _certificate;
    private readonly Func<string, string, PodWorker?> _pods;
    private readonly TimeProvider _time;

    private KubeletEndpoint(IPEndPoint listen, Func<string, string, PodWorker?> pods, TimeProvider time)
    {
        (_pods, _time) = (pods, time);
        _certificate = SelfSigned(time);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(listen, endpoint => endpoint.UseHttps(_certificate)));
        _app = builder.Build();
        _app.MapGet("/healthz", () => "ok");
        _app.MapGet("/containerLogs/{ns}/{pod}/{container}", SendLogsAsync);
        _app.MapFallback(context =>
        {
            context.Response.StatusCode = StatusCodes.Status501NotImplemented;
            return context.Response.WriteAsync("pods here are local processes: only their logs can be asked for");
        });
    }

    /// <summary>The address that it listens on.</summary>
    public IPEndPoint Address { get; private set; } = new(IPAddress.None, 0);

    public static async Task<KubeletEndpoint> StartAsync(string listen, Func<string, string, PodWorker?> pods, TimeProvider time, CancellationToken cancellationToken)
    {
        var endpoint = new KubeletEndpoint(IPEndPoint.Parse(listen), pods, time);
        await endpoint._app.StartAsync(cancellationToken);
        var bound = endpoint._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        endpoint.Address = IPEndPoint.Parse(new Uri(bound).Authority);
        return endpoint;
    }

    public async ValueTask DisposeAsync()
    {
        using (var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(200), _time))
        {
            // Followers would hold the endpoint for as long as their containers run.
            await _app.StopAsync(limit.Token);
        }

        await _app.DisposeAsync();
        _certificate.Dispose();
    }

    private async Task SendLogsAsync(HttpContext context)
    {
        var (ns, pod, container) = ((string)context.GetRouteValue("ns")!, (string)context.GetRouteValue("pod")!, (string)context.GetRouteValue("container")!);
        if (_pods(ns, pod) is not { } worker)
        {
            await RefuseAsync(context, StatusCodes.Status404NotFound, $"pod \"{pod}\" does not run here");
            return;
        }

        if (worker.Container(container) is not { } runner)
        {
            await RefuseAsync(context, StatusCodes.Status404NotFound, $"container \"{container}\" in pod \"{pod}\" is not known");
            return;
        }

        var query = Query(context.Request.Query);
        if ((query.Previous ? runner.PreviousLog : runner.Log) is not { } log)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, query.Previous
                ? $"previous terminated container \"{container}\" in pod \"{pod}\" not found"
                : $"container \"{container}\" in pod \"{pod}\" is waiting to start: {runner.Snapshot.State.Waiting?.Reason ?? "ContainerCreating"}");
            return;
        }

        context.Response.ContentType = "text/plain";
        await context.Response.StartAsync(context.RequestAborted);
        await CopyAsync(new LogReader(log, query, context.Response.Body), context.RequestAborted);
    }

    private static async Task CopyAsync(LogReader reader, CancellationToken aborted)
    {
        try
        {
            await reader.CopyAsync(aborted);
        }
        catch (OperationCanceledException) when (aborted.IsCancellationRequested)
        {
            // The follower has seen enough.
        }
    }

    private LogQuery Query(IQueryCollection query)
    {
        DateTimeOffset? since = DateTimeOffset.TryParse(query["sinceTime"], CultureInfo.InvariantCulture, out var instant) ? instant : null;
        if (Number(query, "sinceSeconds") is { } seconds)
        {
            since = _time.GetUtcNow() - TimeSpan.FromSeconds(seconds);
        }

        return new LogQuery(Flag(query, "follow"), Flag(query, "previous"), Flag(query, "timestamps"), (int?)Number(query, "tailLines"), since, Number(query, "limitBytes"));
    }

    private static bool Flag(IQueryCollection query, string name) => query[name] == "true" || query[name] == "1";

    private static long? Number(IQueryCollection query, string name) =>
        long.TryParse(query[name], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static Task RefuseAsync(HttpContext context, int code, string message)
    {
        context.Response.StatusCode = code;
        return context.Response.WriteAsync(message);
    }

    private static X509Certificate2 SelfSigned(TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kxds-node", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = time.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddYears(1));
    }
}
