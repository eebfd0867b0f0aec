using Knative.Xds.Core.Wire;

namespace Knative.Xds.Activation.Handlers;

/// <summary>Answers network probes: those of the ingress and those meant for an activator.</summary>
/// <remarks>Source: knative/networking pkg/http/probe, knative/serving pkg/activator/handler/probe_handler.go.</remarks>
internal static class ProbeHandler
{
    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var probe = context.Request.Headers[HeaderNames.NetworkProbe].ToString();
        if (probe == ProbeValues.Ingress)
        {
            return AnswerIngressAsync(context);
        }

        context.Request.Headers.Remove(HeaderNames.NetworkHash);
        return probe switch
        {
            "" => next(context),
            ProbeValues.Activator => Answer.TextAsync(context, StatusCodes.Status200OK, ProbeValues.Activator),
            _ => Answer.ErrorAsync(context, StatusCodes.Status400BadRequest, $"unexpected probe header value: \"{probe}\""),
        };
    }

    private static Task AnswerIngressAsync(HttpContext context)
    {
        var hash = context.Request.Headers[HeaderNames.NetworkHash].ToString();
        if (hash.Length == 0)
        {
            return Answer.ErrorAsync(context, StatusCodes.Status400BadRequest, $"a probe request must contain a non-empty \"{HeaderNames.NetworkHash}\" header");
        }

        context.Response.Headers[HeaderNames.NetworkHash] = hash;
        return Task.CompletedTask;
    }
}
