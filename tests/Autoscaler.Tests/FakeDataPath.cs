using Knative.Xds.Core.Stats;
using Knative.Xds.Core.Wire;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Knative.Xds.Autoscaler.Tests;

/// <summary>The queue-proxy of a pod and an activator, as far as the autoscaler talks to them, on one address.</summary>
internal sealed class FakeDataPath : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeDataPath(WebApplication app) => _app = app;

    /// <summary>Concurrency that the queue-proxy reports.</summary>
    public double Concurrency { get; set; }

    /// <summary>What answers on the traffic port.</summary>
    public string Answer { get; set; } = ProbeValues.Activator;

    /// <summary>How the queue-proxy misbehaves.</summary>
    public BadAnswer Bad { get; set; }

    public int Scrapes { get; private set; }

    public int Probes { get; private set; }

    public static async Task<FakeDataPath> StartAsync(string ip)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://{ip}:{Ports.AutoscalingMetrics}", $"http://{ip}:{Ports.BackendHttp}");
        var app = builder.Build();
        var path = new FakeDataPath(app);
        app.Run(path.HandleAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return path;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task MisbehaveAsync(HttpContext context)
    {
        var bytes = new byte[1024];
        Array.Fill(bytes, (byte)0xff);
        if (Bad == BadAnswer.Silence)
        {
            await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted);
        }

        do
        {
            await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
        }
        while (Bad == BadAnswer.Endless && !context.RequestAborted.IsCancellationRequested);
    }

    private async Task HandleAsync(HttpContext context)
    {
        if (context.Connection.LocalPort == Ports.BackendHttp)
        {
            Probes++;
            await context.Response.WriteAsync(Answer, context.RequestAborted);
            return;
        }

        Scrapes++;
        context.Response.ContentType = StatCodec.ContentType;
        if (Bad != BadAnswer.None)
        {
            await MisbehaveAsync(context);
            return;
        }

        var stat = StatCodec.Encode(new Stat { PodName = "hello-1", AverageConcurrentRequests = Concurrency, RequestCount = Concurrency });
        await context.Response.Body.WriteAsync(stat, context.RequestAborted);
    }
}
