using Knative.Xds.Activation.Reporting;
using Knative.Xds.Activation.Revisions;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Activation.Handlers;

/// <summary>Counts a request, waiting included, for the autoscaler and for metrics.</summary>
internal sealed class ReportingHandler(ReportLoop reports, ActivatorMetrics metrics, TimeProvider time)
{
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var revision = context.Features.GetRequiredFeature<RevisionRuntime>().Revision;
        var started = time.GetTimestamp();
        var counted = reports.Enter(revision.Key);
        try
        {
            await next(context);
        }
        finally
        {
            reports.Leave(counted);
            metrics.ObserveRequest(revision, context.Response.StatusCode, time.GetElapsedTime(started));
        }
    }
}
