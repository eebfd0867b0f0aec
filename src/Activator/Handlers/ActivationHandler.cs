using Knative.Xds.Activation.Forwarding;
using Knative.Xds.Activation.Measuring;
using Knative.Xds.Activation.Revisions;
using Knative.Xds.Activation.Throttling;
using Knative.Xds.Activation.Tracing;
using Knative.Xds.Exchanges;
using Microsoft.AspNetCore.Http.Features;

namespace Knative.Xds.Activation.Handlers;

/// <summary>Holds a request until a pod may take it, and forwards it there.</summary>
/// <remarks>Source: knative/serving pkg/activator/handler/handler.go.</remarks>
internal sealed class ActivationHandler(RequestForwarder forwarder, RevisionTable revisions, RequestTracer tracer, ActivatorOptions options, RequestBudgets budgets, ActivatorMetrics metrics)
{
    /// <value>What a request is told that may not even wait.</value>
    public const string QueueFull = "pending request queue full";

    // Each further attempt needs a pod that passed a probe since, so the limit is only for a pod that answers probes but no requests.
    private const int MaxAttempts = 16;

    public async Task InvokeAsync(HttpContext context)
    {
        var cancellationToken = context.RequestAborted;
        try
        {
            await ForwardAsync(context, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The client is gone, or the timeout handler answers.
            BrokenOff.NoteLeft(context, StatusCodes.Status500InternalServerError);
        }
    }

    private async Task ForwardAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (Replayable(context) is not { } body)
        {
            await ForwardAsync(context, null, cancellationToken);
            return;
        }

        try
        {
            await ForwardAsync(context, body, cancellationToken);
        }
        finally
        {
            body.End();
        }
    }

    private async Task ForwardAsync(HttpContext context, ReplayableBody? body, CancellationToken cancellationToken)
    {
        var runtime = context.Features.GetRequiredFeature<RevisionRuntime>();
        for (var attempt = 1; ; attempt++)
        {
            using var lease = await AcquireAsync(runtime, cancellationToken);
            if (lease is null)
            {
                // A revision that was made anew while the request waited: it waits there.
                if (runtime.Throttle.IsClosed && revisions.Find(runtime.Revision.Key) is { } successor && successor != runtime)
                {
                    runtime = successor;
                    continue;
                }

                await RefuseAsync(context, runtime);
                return;
            }

            using var span = tracer.Start("activator_proxy");
            if (span is not null)
            {
                // The pod's span is a child of this one.
                (context.Request.Headers.TraceParent, context.Request.Headers.TraceState) = (span.Id, span.TraceStateString);
            }

            ForwardFailure? failure;
            try
            {
                failure = await forwarder.ForwardAsync(context, runtime.Revision, lease, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                BrokenOff.NoteLeft(context, StatusCodes.Status502BadGateway);
                return;
            }

            if (failure is null)
            {
                return;
            }

            if (!failure.WasNotSent || attempt == MaxAttempts || body?.TryRewind() == false)
            {
                await RequestForwarder.AnswerAsync(context, failure, cancellationToken);
                return;
            }

            // The pod is of no use: no other request shall meet it before it answers a probe again.
            (revisions.Find(runtime.Revision.Key) ?? runtime).Backends.ReportUnreachable(lease.Address);
            context.Response.Clear();
        }
    }

    // Null where there is no body.
    private ReplayableBody? Replayable(HttpContext context)
    {
        if (context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false)
        {
            return null;
        }

        var body = new ReplayableBody(context, options.MaxWaitingBodyBytes, budgets);
        context.Request.Body = body;
        return body;
    }

    private async ValueTask<PodLease?> AcquireAsync(RevisionRuntime runtime, CancellationToken cancellationToken)
    {
        using var span = tracer.Start("throttler_try");
        return await runtime.Throttle.AcquireAsync(cancellationToken);
    }

    private Task RefuseAsync(HttpContext context, RevisionRuntime runtime)
    {
        // As upstream says nothing when a revision goes while a request waits for it.
        if (runtime.Throttle.IsClosed)
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return Task.CompletedTask;
        }

        metrics.Refused(Refusal.QueueFull);
        return Answer.ErrorAsync(context, StatusCodes.Status503ServiceUnavailable, QueueFull);
    }
}
