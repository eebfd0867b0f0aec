using Knative.Xds.Exchanges;
using Knative.Xds.Limits;
using Knative.Xds.QueueProxy.Draining;
using Knative.Xds.QueueProxy.Listening;
using Knative.Xds.QueueProxy.Reporting;

namespace Knative.Xds.QueueProxy.Handling;

/// <summary>The port of user traffic: probes are answered here, everything else goes to the user container.</summary>
/// <remarks>Source: knative/serving pkg/queue/sharedmain/handlers.go, the order of the chain.</remarks>
internal sealed class MainHandler(ProbeHandler probes, Drainer drainer, InFlight inFlight, ByteBudget headers, ConnectionGate gate, TimeoutHandler timeouts, Telemetry telemetry, TimeProvider timeProvider)
{
    public Task HandleAsync(HttpContext context) =>
        telemetry.Log is { } log ? log.FollowAsync(context, DispatchAsync) : DispatchAsync(context);

    private Task DispatchAsync(HttpContext context)
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

    private Task RefuseHeadersAsync(HttpContext context, bool tooLarge)
    {
        telemetry.Refusals.Count(tooLarge ? Refusal.HeadersTooLarge : Refusal.HeaderBudget);
        if (!tooLarge)
            return GoAnswer.ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, "headers of pending requests are too large");
        // As Go's servers end it, which HTTP/2 has no need of.
        if (HttpProtocol.IsHttp11(context.Request.Protocol))
            context.Response.Headers.Connection = "close";
        return GoAnswer.ErrorAsync(context, StatusCodes.Status431RequestHeaderFieldsTooLarge, "431 Request Header Fields Too Large");
    }

    private async Task ServeAsync(HttpContext context)
    {
        if (!inFlight.TryEnter())
        {
            telemetry.Refusals.Count(Refusal.Requests);
            await GoAnswer.ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, QueueHandler.QueueFull);
            return;
        }

        var held = HeaderBlock.SizeOf(context.Request);
        var tooLarge = held > gate.HeaderBytes;
        if (tooLarge || !headers.TryTake(held))
        {
            inFlight.Leave(tunnel: false);
            await RefuseHeadersAsync(context, tooLarge);
            return;
        }

        var request = new ObservedRequest(context.Request, timeProvider.GetTimestamp(), telemetry.Tracer);
        var state = new RequestState(inFlight, request.Span);
        context.Features.Set(state);
        var aborted = true;
        try
        {
            await timeouts.HandleAsync(context);
            aborted = false;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client left while its request waited, or while its body was on its way.
            aborted = false;
            BrokenOff.NoteLeft(context, StatusCodes.Status500InternalServerError);
        }
        finally
        {
            state.Leave();
            headers.Give(held);
            request.End(context, aborted, telemetry, timeProvider.GetElapsedTime(request.Start).TotalSeconds);
        }
    }
}
