using Microsoft.AspNetCore.Http;
using Prometheus;

namespace Knative.Xds.Hosting;

/// <summary>Answers the admin port: liveness, readiness with its reasons, metrics, and what the service adds.</summary>
internal sealed class AdminEndpoints(Readiness readiness, CollectorRegistry registry, IEnumerable<AdminRoute> routes)
{
    public Task AnswerAsync(HttpContext context) => context.Request.Path.Value switch
    {
        "/healthz" => context.Response.WriteAsync("ok\n", context.RequestAborted),
        "/readyz" => AnswerReadyAsync(context),
        "/metrics" => AnswerMetricsAsync(context),
        _ => routes.FirstOrDefault(route => context.Request.Path.StartsWithSegments(route.Path)) is { } route ? route.Answer(context) : AnswerUnknownAsync(context),
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

    private Task AnswerUnknownAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        var paths = string.Join(' ', routes.Select(route => route.Path.Value).Prepend("/healthz /readyz /metrics"));
        return context.Response.WriteAsync($"Paths here: {paths}\n", context.RequestAborted);
    }
}
