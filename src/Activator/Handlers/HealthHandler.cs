using Knative.Xds.Activation.Reporting;
using Knative.Xds.Core.Wire;

namespace Knative.Xds.Activation.Handlers;

/// <summary>Answers the kubelet: fine while the autoscaler hears us and nobody told us to stop.</summary>
/// <remarks>Source: knative/serving pkg/activator/handler/healthz_handler.go.</remarks>
internal sealed class HealthHandler(ActivatorState state, AutoscalerLink link)
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!IsKubelet(context.Request.Headers))
        {
            return next(context);
        }

        return Problem() is { } problem ? Answer.ErrorAsync(context, StatusCodes.Status500InternalServerError, problem) : Task.CompletedTask;
    }

    private string? Problem() =>
        state.IsDraining ? "received SIGTERM from kubelet"
        : !link.IsUp ? "connection has not yet been established"
        : null;

    private static bool IsKubelet(IHeaderDictionary headers) =>
        headers.UserAgent.ToString().StartsWith(ProbeValues.KubeletUserAgentPrefix, StringComparison.Ordinal)
        || headers[HeaderNames.KubeletProbe].ToString().Length > 0;
}
