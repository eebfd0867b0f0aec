using Knative.Xds.Core.Stats;
using Knative.Xds.QueueProxy.Listening;
using Knative.Xds.QueueProxy.Reporting;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>The ports beside user traffic: drain and probes (admin), the autoscaler's statistics, Prometheus metrics.</summary>
internal sealed class SideHandler(SidePorts ports, DrainHandler drain, ProbeHandler probes, StatReporter reporter, RequestMetrics metrics)
{
    private const string MetricsPath = "/metrics";

    public Task HandleAsync(HttpContext context)
    {
        var port = context.Connection.LocalPort;
        var path = context.Request.Path.Value;
        if (port == ports.Admin.Bound.Port)
            return AnswerAdminAsync(context, path);
        if (path != MetricsPath)
            return GoAnswer.ErrorAsync(context, StatusCodes.Status404NotFound, "404 page not found");
        return port == ports.Stats.Bound.Port ? WriteStatAsync(context) : WriteMetricsAsync(context);
    }

    private Task AnswerAdminAsync(HttpContext context, string? path)
    {
        if (path == DrainHandler.Path)
            return drain.HandleAsync(context);
        return ProbeHandler.IsProbe(context.Request) ? probes.AnswerAsync(context)
            : GoAnswer.ErrorAsync(context, StatusCodes.Status404NotFound, "404 page not found");
    }

    private async Task WriteStatAsync(HttpContext context)
    {
        var body = reporter.Latest;
        // Compared byte by byte by the scraper: no charset, whatever was asked for.
        context.Response.ContentType = StatCodec.ContentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body);
    }

    private Task WriteMetricsAsync(HttpContext context)
    {
        context.Response.ContentType = PrometheusText.ContentType;
        return context.Response.WriteAsync(metrics.Render());
    }
}
