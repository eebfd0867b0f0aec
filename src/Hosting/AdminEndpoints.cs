using Microsoft.AspNetCore.Http;
using Prometheus;

namespace Knative.Xds.Hosting;

/// <summary>Answers the admin port: liveness, readiness with its reasons, metrics.</summary>
internal sealed class AdminEndpoints(Readiness readiness, CollectorRegistry registry)
{
    public Task AnswerAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/healthz" => context.Response.WriteAsync("ok\n", context.RequestAborted),
        "/readyz" => AnswerReadyAsync(context),
        "/metrics" => AnswerMetricsAsync(context),
        _ => AnswerUnknownAsync(context),
    };

    private Task AnswerReadyAsync(HttpContext context)
    {
        var problems = readiness.Problems;
        if (problems.Count == 0)
        {
            return context.Response.WriteAsync("ok\n", context.RequestAborted);
        }

        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return context.Response.WriteAsync(string.Concat(problems.Select(problem => $"{problem.Key}: {problem.Value}\n")), context.RequestAborted);
    }

    private Task AnswerMetricsAsync(HttpContext context)
    {
        context.Response.ContentType = PrometheusConstants.TextContentTypeWithVersionAndEncoding;
        return registry.CollectAndExportAsTextAsync(context.Response.Body, context.RequestAborted);
    }

    private static Task AnswerUnknownAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync("Paths here: /healthz /readyz /metrics\n", context.RequestAborted);
    }
}
