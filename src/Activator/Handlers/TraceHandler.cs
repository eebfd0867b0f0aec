using System.Diagnostics;
using Knative.Xds.Activation.Revisions;
using Knative.Xds.Activation.Tracing;
using Knative.Xds.Exchanges;

namespace Knative.Xds.Activation.Handlers;

/// <summary>Traces a request, waiting included.</summary>
/// <remarks>A request that is not traced keeps its trace headers as they came. Source: knative/serving cmd/activator/main.go, pkg/activator/handler/tracing_handler.go.</remarks>
internal sealed class TraceHandler(RequestTracer tracer)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next) => tracer.IsOn ? TraceAsync(context, next) : next(context);

    private async Task TraceAsync(HttpContext context, RequestDelegate next)
    {
        using var span = tracer.StartRequest(context.Request);
        try
        {
            await next(context);
        }
        finally
        {
            if (span is not null)
            {
                Describe(span, context);
            }
        }
    }

    private static void Describe(Activity span, HttpContext context)
    {
        span.SetTag("http.request.method", context.Request.Method);
        span.SetTag("url.path", context.Request.Path.Value);
        var status = BrokenOff.StatusOf(context);
        span.SetTag("http.response.status_code", status);
        if (status >= StatusCodes.Status500InternalServerError)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }

        if (context.Features.Get<RevisionRuntime>()?.Revision is { } revision)
        {
            span.SetTag("k8s.namespace.name", revision.Key.Namespace);
            span.SetTag("kn.service.name", revision.Service);
            span.SetTag("kn.configuration.name", revision.Configuration);
            span.SetTag("kn.revision.name", revision.Key.Name);
        }
    }
}
