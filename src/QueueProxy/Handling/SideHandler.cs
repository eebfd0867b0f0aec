using System.Globalization;
using Knative.Xds.Core.Stats;
using Knative.Xds.QueueProxy.Listening;
using Knative.Xds.QueueProxy.Reporting;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>The ports beside user traffic: drain and probes (admin), the autoscaler's statistics, Prometheus metrics, the runtime's state.</summary>
internal sealed class SideHandler(SidePorts ports, DrainHandler drain, ProbeHandler probes, StatReporter reporter, MetricsPage metrics, bool servesStatsAsText)
{
    private const string MetricsPath = "/metrics";
    private const string ProfilePath = "/debug/pprof/";

    public Task HandleAsync(HttpContext context)
    {
        var port = context.Connection.LocalPort;
        var path = context.Request.Path.Value;
        if (port == ports.Admin.Bound.Port)
            return AnswerAdminAsync(context, path);
        if (port == ports.Profiling?.Bound.Port && path == ProfilePath)
            return GoAnswer.TextAsync(context, RuntimeState());
        if (path == MetricsPath && port == ports.Stats.Bound.Port)
            return WriteStatAsync(context);
        return path == MetricsPath && port == ports.Metrics?.Bound.Port ? WriteTextAsync(context, metrics.Render()) : NotFoundAsync(context);
    }

    private static Task NotFoundAsync(HttpContext context) => GoAnswer.ErrorAsync(context, StatusCodes.Status404NotFound, "404 page not found");

    private Task AnswerAdminAsync(HttpContext context, string? path)
    {
        if (path == DrainHandler.Path)
            return drain.HandleAsync(context);
        return ProbeHandler.IsProbe(context.Request) ? probes.AnswerAsync(context) : NotFoundAsync(context);
    }

    private Task WriteStatAsync(HttpContext context)
    {
        // Compared byte by byte by the scraper: no charset, and whatever was asked for, unless old autoscalers are to be served.
        if (servesStatsAsText && !context.Request.Headers.Accept.ToString().Contains(StatCodec.ContentType, StringComparison.Ordinal))
            return WriteTextAsync(context, reporter.LatestText());
        var body = reporter.Latest;
        context.Response.ContentType = StatCodec.ContentType;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body).AsTask();
    }

    private static Task WriteTextAsync(HttpContext context, string text)
    {
        context.Response.ContentType = PrometheusText.ContentType;
        return context.Response.WriteAsync(text);
    }

    // Upstream serves Go's profiles here; of another runtime there are none, but its state is to be had.
    private static string RuntimeState()
    {
        var memory = GC.GetGCMemoryInfo();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            heap_bytes {memory.HeapSizeBytes}
            committed_bytes {memory.TotalCommittedBytes}
            allocated_bytes {GC.GetTotalAllocatedBytes()}
            collections_gen0 {GC.CollectionCount(0)}
            collections_gen1 {GC.CollectionCount(1)}
            collections_gen2 {GC.CollectionCount(2)}
            pause_seconds {GC.GetTotalPauseDuration().TotalSeconds}
            threads {ThreadPool.ThreadCount}
            queued_work_items {ThreadPool.PendingWorkItemCount}

            """);
    }
}
