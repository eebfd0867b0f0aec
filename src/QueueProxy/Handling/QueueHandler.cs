using Knative.Xds.Core.Admission;
using Knative.Xds.Core.Stats;
using Knative.Xds.Core.Wire;
using Knative.Xds.QueueProxy.Reporting;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>Counts a request, waits for a free place in the user container, and forwards it.</summary>
/// <remarks>Source: knative/serving pkg/queue/handler.go.</remarks>
internal sealed class QueueHandler(RequestStats stats, Breaker? breaker, UserForwarder forwarder, RequestMetrics metrics, TimeProvider timeProvider)
{
    private const int QueueDepthPerSlot = 10;
    private const string QueueFull = "pending request queue full";

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

    private async Task AdmitAsync(HttpContext context)
    {
        if (breaker is null)
        {
            await ForwardAsync(context);
            return;
        }

        if (await breaker.ReserveAsync(context.RequestAborted) is not { } lease)
        {
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
        await forwarder.ForwardAsync(context);
        metrics.ObserveInvocation(context.Response.StatusCode, timeProvider.GetElapsedTime(start).TotalSeconds);
    }
}
