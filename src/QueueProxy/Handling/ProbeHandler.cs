using Knative.Xds.Core.Wire;
using Knative.Xds.QueueProxy.Draining;
using Knative.Xds.QueueProxy.Probing;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>Recognises probes and answers them: they never reach the user container's traffic, statistics or queue.</summary>
/// <remarks>Source: knative/pkg network/handlers/drain.go, knative/serving pkg/queue/health/handler.go, knative/networking pkg/http/probe/handler.go.</remarks>
internal sealed class ProbeHandler(Drainer drainer, UserProber? prober)
{
    public static bool IsProbe(HttpRequest request)
    {
        var headers = request.Headers;
        return IsProber(headers.UserAgent.ToString())
            || headers[HeaderNames.KubeletProbe].ToString().Length > 0
            || headers[HeaderNames.NetworkProbe].ToString() == ProbeValues.Ingress;
    }

    public Task AnswerAsync(HttpContext context)
    {
        if (drainer.IsDraining)
            return GoAnswer.ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, "shutting down");
        var headers = context.Request.Headers;
        var probe = headers[HeaderNames.NetworkProbe].ToString();
        var fromProber = IsProber(headers.UserAgent.ToString()) || headers[HeaderNames.KubeletProbe].ToString().Length > 0;
        return fromProber ? AnswerHealthAsync(context, probe) : EchoHashAsync(context);
    }

    private static bool IsProber(string userAgent) =>
        userAgent.StartsWith(ProbeValues.KubeletUserAgentPrefix, StringComparison.Ordinal)
        || userAgent.StartsWith(ProbeValues.ActivatorUserAgent, StringComparison.Ordinal)
        || userAgent.StartsWith(ProbeValues.AutoscalerUserAgent, StringComparison.Ordinal);

    private static Task EchoHashAsync(HttpContext context)
    {
        var hash = context.Request.Headers[HeaderNames.NetworkHash].ToString();
        if (hash.Length == 0)
            return GoAnswer.ErrorAsync(context, StatusCodes.Status400BadRequest, $"a probe request must contain a non-empty \"{HeaderNames.NetworkHash}\" header");
        context.Response.Headers[HeaderNames.NetworkHash] = hash;
        return Task.CompletedTask;
    }

    private async Task AnswerHealthAsync(HttpContext context, string probe)
    {
        if (probe != ProbeValues.Queue)
        {
            await GoAnswer.ErrorAsync(context, StatusCodes.Status400BadRequest, $"unexpected probe header value: {probe}");
            return;
        }

        if (prober is null)
        {
            await GoAnswer.ErrorAsync(context, StatusCodes.Status500InternalServerError, "no probe");
            return;
        }

        // A caller that gives up does not stop the probe: the next one finds it further on.
        if (await prober.ProbeAsync().WaitAsync(context.RequestAborted))
            await GoAnswer.TextAsync(context, ProbeValues.Queue);
        else
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
    }
}
