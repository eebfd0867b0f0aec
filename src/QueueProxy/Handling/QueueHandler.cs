using Knative.Xds.Core.Admission;
using Knative.Xds.Core.Stats;
using Knative.Xds.Core.Wire;
using Knative.Xds.Exchanges;
using Knative.Xds.QueueProxy.Reporting;
using Knative.Xds.QueueProxy.Tracing;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>Counts a request, waits for a free place in the user container, and forwards it.</summary>
/// <remarks>Source: knative/serving pkg/queue/handler.go.</remarks>
internal sealed class QueueHandler(RequestStats stats, Breaker? breaker, UserForwarder forwarder, Telemetry telemetry, TimeProvider timeProvider)
{
    public const string QueueFull = "pending request queue full";
    private const int QueueDepthPerSlot = 10;
    private const string WaitSpan = "kn.queueproxy.wait";
    private const string ProxySpan = "kn.queueproxy.proxy";

    /// <summary>The breaker of a container concurrency; null when it is unlimited.</summary>
    public static Breaker? CreateBreaker(int containerConcurrency) => containerConcurrency < 1 ? null
        : new Breaker((int)Math.Min(int.MaxValue, (long)QueueDepthPerSlot * containerConcurrency), containerConcurrency, containerConcurrency);

    public async Task HandleAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        ForwardedHeader.Complete(headers);
        var proxied = headers[HeaderNames.ProxyRequest].ToString() == ProbeValues.Activator;
        stats.In(timeProvider.Nanoseconds(), proxied);
        try
        {
            RestoreHost(context.Request);
            await AdmitAsync(context);
        }
        finally
        {
            stats.Out(timeProvider.Nanoseconds(), proxied);
        }
    }

    private static void RestoreHost(HttpRequest request)
    {
        var original = request.Headers[HeaderNames.OriginalHost].ToString();
        if (original.Length == 0)
            return;
        request.Host = new HostString(original);
        request.Headers.Remove(HeaderNames.OriginalHost);
    }

    private Task AdmitAsync(HttpContext context) => breaker is null ? ForwardAsync(context) : QueueAsync(context, breaker);

    private async Task QueueAsync(HttpContext context, Breaker breaker)
    {
        var waiting = Span(context)?.StartChild(WaitSpan);
        var admitted = await breaker.ReserveAsync(context.RequestAborted);
        waiting?.End();
        if (admitted is not { } lease)
        {
            telemetry.Refusals.Count(Refusal.QueueFull);
            await GoAnswer.ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, QueueFull);
            return;
        }

        using (lease)
        {
            await ForwardAsync(context);
        }
    }

    private async Task ForwardAsync(HttpContext context)
    {
        var start = timeProvider.GetTimestamp();
        var method = context.Request.Method;
        var span = Span(context)?.StartChild(ProxySpan);
        var aborted = true;
        try
        {
            await forwarder.ForwardAsync(context, span);
            aborted = false;
        }
        finally
        {
            var status = aborted ? StatusCodes.Status500InternalServerError : BrokenOff.StatusOf(context);
            telemetry.Metrics.ObserveInvocation(method, status, timeProvider.GetElapsedTime(start).TotalSeconds);
            span?.End();
        }
    }

    private ActiveSpan? Span(HttpContext context) => telemetry.Tracer is null ? null : context.Features.Get<RequestState>()?.Span;
}
