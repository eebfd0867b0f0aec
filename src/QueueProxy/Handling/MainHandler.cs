using Knative.Xds.QueueProxy.Draining;
using Knative.Xds.QueueProxy.Reporting;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>The port of user traffic: probes are answered here, everything else goes to the user container.</summary>
/// <remarks>Source: knative/serving pkg/queue/sharedmain/handlers.go, the order of the chain.</remarks>
internal sealed class MainHandler(ProbeHandler probes, Drainer drainer, InFlight inFlight, TimeoutHandler timeouts, RequestMetrics metrics, TimeProvider timeProvider)
{
    public Task HandleAsync(HttpContext context)
    {
        if (ProbeHandler.IsProbe(context.Request))
            return AnswerProbeAsync(context);
        drainer.NoteRequest();
        return ServeAsync(context);
    }

    private async Task AnswerProbeAsync(HttpContext context)
    {
        try
        {
            await probes.AnswerAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The prober gave up; there is nobody to answer.
        }
    }

    private async Task ServeAsync(HttpContext context)
    {
        var start = timeProvider.GetTimestamp();
        var tag = RouteTag.Of(context.Request.Headers);
        var method = context.Request.Method;
        var state = new RequestState(inFlight);
        context.Features.Set(state);
        inFlight.Enter();
        try
        {
            await timeouts.HandleAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left while its request waited or was forwarded.
        }
        finally
        {
            state.Leave();
            metrics.ObserveRequest(method, context.Response.StatusCode, tag, timeProvider.GetElapsedTime(start).TotalSeconds);
        }
    }
}
