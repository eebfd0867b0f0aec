using Knative.Xds.Core.Wire;
using Knative.Xds.Limits;
using Knative.Xds.QueueProxy.Draining;
using Knative.Xds.QueueProxy.Probing;
using Knative.Xds.QueueProxy.Reporting;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>Recognises probes and answers them: they never reach the user container's traffic, statistics or queue.</summary>
/// <remarks>Source: knative/pkg network/handlers/drain.go, knative/serving pkg/queue/health/handler.go, knative/networking pkg/http/probe/handler.go.</remarks>
internal sealed class ProbeHandler(Drainer drainer, UserProber? prober, QueueLimits limits, RefusalCounter refusals)
{
    // Those that probe send a few short lines.
    private const int MostHeaderBytes = 16 << 10;
    private int _inside;

    public static bool IsProbe(HttpRequest request)
    {
        var headers = request.Headers;
        return IsProber(headers.UserAgent.ToString())
            || headers[HeaderNames.KubeletProbe].ToString().Length > 0
            || headers[HeaderNames.NetworkProbe].ToString() == ProbeValues.Ingress;
    }

    public async Task AnswerAsync(HttpContext context)
    {
        try
        {
            if (Interlocked.Increment(ref _inside) > limits.MaxProbes)
                await RefuseAsync(context, Refusal.Probes, StatusCodes.Status503ServiceUnavailable);
            else if (HeaderBlock.SizeOf(context.Request) > MostHeaderBytes)
                await RefuseAsync(context, Refusal.HeadersTooLarge, StatusCodes.Status431RequestHeaderFieldsTooLarge);
            else
                await AnswerAdmittedAsync(context);
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }

    private Task RefuseAsync(HttpContext context, Refusal reason, int status)
    {
        refusals.Count(reason);
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private Task AnswerAdmittedAsync(HttpContext context)
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
