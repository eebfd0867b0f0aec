using Knative.Xds.Activation.Forwarding;
using Knative.Xds.Activation.Measuring;
using Knative.Xds.Activation.Reporting;
using Knative.Xds.Activation.Revisions;
using Knative.Xds.Exchanges;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Activation.Handlers;

/// <summary>Counts a request, waiting included, for the autoscaler and for metrics.</summary>
internal sealed class ReportingHandler(ReportLoop reports, TimeProvider time)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var runtime = context.Features.GetRequiredFeature<RevisionRuntime>();
        var started = time.GetTimestamp();
        var counted = reports.Enter(runtime.Revision.Key);
        try
        {
            await next(context);
        }
        finally
        {
            reports.Leave(counted);
            Observe(context, runtime.Series, time.GetElapsedTime(started));
        }
    }

    private static void Observe(HttpContext context, RevisionSeries series, TimeSpan duration)
    {
        var read = (context.Request.Body as ReplayableBody)?.Received ?? 0;
        series.Observe(RequestFacts.Of(context), duration, read, context.Features.Get<TimedExchange>()?.Written ?? 0);
    }
}
